import { Notice } from "@/components/notice.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { type Fit, newLabels, type PartFit } from "@/features/datasets/merge-fit.ts";
import { SPLITS, totalRows } from "@/features/datasets/version-counts.ts";
import type { DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";
import { partTitle } from "@/lib/tasks.ts";

const SHOWN_LABELS = 12;
const FIT_WORDS: Readonly<Record<Fit, MessageKey>> = { fits: "merge.fits", only_here: "merge.only_here", only_there: "merge.only_there" };

interface Props {
  here: DatasetVersion;
  there: DatasetVersion;
  parts: readonly PartFit[];
}

/** What comes together and what does not, before anything is made. */
export function MergePreview({ here, there, parts }: Props) {
  const { t, format } = useI18n();
  const labels = newLabels(here, there);
  return (
    <>
      <Section title={t("mapping.title")} hint={t("merge.columns_hint")} isSplit>
        <div className="stack">
          <TableScroll label={t("merge.columns_table")}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t("merge.part")}</th>
                  <th scope="col">{t("merge.here")}</th>
                  <th scope="col">{t("merge.there")}</th>
                  <th scope="col">{t("merge.fit")}</th>
                </tr>
              </thead>
              <tbody>
                {parts.map(({ role, here: ours, there: theirs, fit }) => (
                  <tr key={role}>
                    <th scope="row">{partTitle(role, t)}</th>
                    <td>{ours === null ? "–" : <bdi>{ours}</bdi>}</td>
                    <td>{theirs === null ? "–" : <bdi>{theirs}</bdi>}</td>
                    <td className="wrap">{fit === "only_there" ? <strong>{t(FIT_WORDS[fit])}</strong> : t(FIT_WORDS[fit])}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableScroll>
          {there.labels.length > 0 && labels.length === 0 && <p className="small muted">{t("merge.labels_known")}</p>}
          {labels.length > 0 && (
            <Notice tone="warning">
              {t("merge.labels_new", { count: labels.length, labels: format.list(labels.slice(0, SHOWN_LABELS)) })}{" "}
              {labels.length > SHOWN_LABELS && t("problems.more", { count: labels.length - SHOWN_LABELS })}
            </Notice>
          )}
        </div>
      </Section>
      <Section title={t("rows.table")} hint={t("merge.rows_hint")} isSplit>
        <TableScroll label={t("merge.rows_table")}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("preview.split")}</th>
                <th scope="col" className="num">
                  {t("merge.here")}
                </th>
                <th scope="col" className="num">
                  {t("merge.comes")}
                </th>
                <th scope="col" className="num">
                  {t("merge.together")}
                </th>
              </tr>
            </thead>
            <tbody>
              {SPLITS.map((split) => (
                <RowCounts key={split} name={t(`split.${split}`)} here={here.num_rows[split]} there={there.num_rows[split]} />
              ))}
              <RowCounts name={t("merge.all")} here={totalRows(here)} there={totalRows(there)} />
            </tbody>
          </table>
        </TableScroll>
      </Section>
    </>
  );
}

function RowCounts({ name, here, there }: { name: string; here: number; there: number }) {
  const { format } = useI18n();
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="num">{format.integer(here)}</td>
      <td className="num">+{format.integer(there)}</td>
      <td className="num">{format.integer(here + there)}</td>
    </tr>
  );
}
