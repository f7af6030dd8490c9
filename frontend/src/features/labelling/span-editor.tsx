import { LabelChoice } from "@/features/labelling/label-choice.tsx";
import { spanAt, withSpan } from "@/features/labelling/label-values.ts";
import classes from "@/features/labelling/labelling.module.css";
import { TokenText } from "@/features/labelling/token-text.tsx";
import { useTokenSelection } from "@/features/labelling/use-token-selection.ts";
import { useKeys } from "@/lib/use-keys.ts";
import type { LabelSpan } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  tokens: readonly string[];
  types: readonly string[];
  spans: readonly LabelSpan[];
  onChange: (spans: LabelSpan[]) => void;
}

const TONES = 6;

/** Words to mark; a number or a click says what they are. */
export function SpanEditor({ tokens, types, spans, onChange }: Props) {
  const { t } = useI18n();
  const selection = useTokenSelection(tokens.length);
  const { first, last, head, select } = selection;

  const mark = (type: string) => {
    if (tokens.length === 0) return;
    onChange(withSpan(spans, { type, start: first, end: last + 1 }));
    select(last, false);
  };
  const remove = () => onChange(spans.filter((span) => span.end <= first || span.start > last));
  useKeys((event) => {
    if (event.key !== "Backspace" && event.key !== "Delete") return false;
    remove();
    return true;
  });
  return (
    <div className={classes["spans"]}>
      <TokenText
        tokens={tokens.map((text, index) => ({ text, before: index === 0 ? "" : " " }))}
        selection={selection}
        markOf={(index) => {
          const span = spanAt(spans, index);
          if (span === undefined) return undefined;
          return {
            tone: types.indexOf(span.type) % TONES,
            label: t("labelling.token_marked", { token: tokens[index] ?? "", type: span.type }),
            end: span.end === index + 1 ? span.type : undefined,
          };
        }}
      />
      <LabelChoice labels={types} chosen={[]} onPick={mark} />
      {spanAt(spans, head) && (
        <button type="button" className={classes["quiet"]} onClick={remove}>
          {t("labelling.unmark")} <kbd aria-hidden>⌫</kbd>
        </button>
      )}
    </div>
  );
}
