import classes from "@/features/jobs/reading-panel.module.css";
import type { ReadSequence } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export type TokenKind = "trained" | "special" | "context";

/** What a token is to the loss; a special token that is learnt is learnt first of all. */
export function kindOf(sequence: ReadSequence, place: number): TokenKind {
  if ((sequence.weights[place] ?? 0) > 0) return "trained";
  return sequence.is_special[place] === true ? "special" : "context";
}

interface Props {
  sequence: ReadSequence;
  /** Whether ids and what is to be said stand behind every token. */
  isDetailed: boolean;
}

/** One sequence as the model reads it. Learnt tokens are `mark`s, so that colour is not all that tells them apart. */
export function TokenLine({ sequence, isDetailed }: Props) {
  const { t } = useI18n();
  const begins = new Set(sequence.begins);
  const cut = (
    <span key="cut" className={classes["token"]} data-kind="cut">
      {t("tokens.cut_here", { count: sequence.num_lost })}
    </span>
  );
  return (
    <p className={classes["tokens"]}>
      {sequence.ids.map((id, place) => {
        const kind = kindOf(sequence, place);
        const target = sequence.targets[place] ?? null;
        const Tag = kind === "trained" ? "mark" : "span";
        return (
          <span key={place}>
            {sequence.cut_at === place && cut}
            <Tag
              className={classes["token"]}
              data-kind={kind}
              data-begins={begins.has(place) && place > 0}
              title={target === null ? t("tokens.token", { id: String(id) }) : t("tokens.token_target", { id: String(id), target })}
            >
              {sequence.pieces[place]}
            </Tag>
            {isDetailed && (
              <span className={classes["said"]}>
                {id}
                {target !== null && `→${target}`}
              </span>
            )}
          </span>
        );
      })}
      {sequence.cut_at !== null && sequence.cut_at >= sequence.ids.length && cut}
    </p>
  );
}
