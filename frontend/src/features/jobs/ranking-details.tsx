import { IconCheck } from "@tabler/icons-react";

import { CountColumns } from "@/components/count-columns.tsx";
import { FoldText } from "@/components/fold-text.tsx";
import { Section } from "@/components/section.tsx";
import type { DetailsProps } from "@/features/jobs/evaluation-details.tsx";
import { ExampleList } from "@/features/jobs/example-list.tsx";
import classes from "@/features/jobs/example.module.css";
import { RowLink } from "@/features/jobs/row-link.tsx";
import { WeighedFold } from "@/features/jobs/weighed-fold.tsx";
import type { Evaluation, Mistake, RankedExample } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Where the right candidates come. */
export function RankingDetails({ evaluation, details }: DetailsProps<"ranking">) {
  const { t, format } = useI18n();
  const { ranks, num_queries: queries, num_candidates: candidates, examples } = details;
  if (queries === 0) {
    return (
      <Section title={t("ranking.title")}>
        <p className="muted">{t("ranking.no_queries")}</p>
      </Section>
    );
  }
  const listed = ranks.filter(({ rank }) => rank !== null);
  const last = Math.max(...listed.map(({ rank }) => rank ?? 0));
  const share = (count: number) => format.percent(count / queries, 0);
  const among = listed.reduce((sum, { count }) => sum + count, 0);
  const beyond = t("ranking.beyond", { rank: last });
  return (
    <>
      <Section title={t("ranking.title")} hint={t("ranking.hint", { queries, candidates: format.decimal(candidates, Number.isInteger(candidates) ? 0 : 1) })}>
        <p className="prose" style={{ marginBottom: 16 }}>
          {t("ranking.summary", { first: share(ranks.find(({ rank }) => rank === 1)?.count ?? 0), among: share(among), last })}
        </p>
        <CountColumns
          label={t("ranking.title")}
          axis={t("ranking.axis")}
          columns={ranks.map(({ rank, count }) => ({
            key: String(rank),
            name: rank === null ? `>${format.integer(last)}` : format.integer(rank),
            count,
            spoken: t("ranking.column", { rank: rank === null ? beyond : t("ranking.at", { rank }), count, share: share(count) }),
            isMain: rank === 1,
          }))}
        />
      </Section>
      <Section title={t("ranking.examples")} hint={t("ranking.examples_hint")}>
        <ExampleList label={t("ranking.examples")} none={t("ranking.none")} examples={examples}>
          {(one) => <Ranked example={one} mistake={misplacedOf(evaluation, one)} />}
        </ExampleList>
      </Section>
    </>
  );
}

/** What the words of a query and of its first candidate did; a pair that was told wrongly is another matter. */
function misplacedOf({ mistakes }: Evaluation, { row }: RankedExample): Mistake | undefined {
  return mistakes.find((mistake) => mistake.row === row && mistake.text_b === mistake.predicted);
}

interface RankedProps {
  example: RankedExample;
  mistake: Mistake | undefined;
}

function Ranked({ example: { row, query, right, rank, first }, mistake }: RankedProps) {
  const { t, format } = useI18n();
  // Candidates of equal score share a place, which may lie between two.
  const place = format.decimal(rank, Number.isInteger(rank) ? 0 : 1);
  const isListed = first.some((candidate) => candidate.is_right);
  return (
    <>
      <div className={classes["question"]}>
        <FoldText text={query} />
      </div>
      <ol className={classes["ranked"]} aria-label={t("ranking.candidates")}>
        {first.map((candidate, index) => (
          <Candidate key={index} place={format.integer(index + 1)} text={candidate.text} score={format.significant(candidate.score)} isRight={candidate.is_right} />
        ))}
        {!isListed && <Candidate place={place} text={right} score="" isRight />}
      </ol>
      <p className={classes["meta"]}>
        <span>{t("ranking.place", { place })}</span>
        <RowLink row={row} />
      </p>
      <WeighedFold mistake={mistake} hint={t("contribution.hint_first")} />
    </>
  );
}

interface CandidateProps {
  place: string;
  text: string;
  score: string;
  isRight: boolean;
}

function Candidate({ place, text, score, isRight }: CandidateProps) {
  const { t } = useI18n();
  return (
    <li data-right={isRight || undefined}>
      <span className={`num ${classes["place"] ?? ""}`}>{place}</span>
      <div>
        <FoldText text={text} />
        {isRight && (
          <span className={classes["rightMark"]}>
            <IconCheck size={13} aria-hidden />
            {t("ranking.right")}
          </span>
        )}
      </div>
      <span className="num muted">{score}</span>
    </li>
  );
}
