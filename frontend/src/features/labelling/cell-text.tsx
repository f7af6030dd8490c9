import { messagesOf } from "@/features/labelling/conversation.ts";
import { speakerName } from "@/features/labelling/label-values.ts";
import classes from "@/features/labelling/labelling.module.css";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** A text as it is, or the turns of a conversation that a cell holds as JSON. */
export function CellText({ cell }: { cell: unknown }) {
  const { t } = useI18n();
  if (Array.isArray(cell)) return <p className={classes["text"]}>{cell.join(" ")}</p>;
  const text = typeof cell === "string" || typeof cell === "number" ? String(cell) : "";
  const turns = messagesOf(text);
  if (turns === null) return <p className={classes["text"]}>{text}</p>;
  return (
    <ol className={classes["turns"]}>
      {turns.map((turn, index) => (
        <li key={index}>
          <b>{speakerName(turn.role, t)}</b>
          {turn.content !== null && <p className={classes["text"]}>{turn.content}</p>}
          {turn.calls !== "" && <pre>{turn.calls}</pre>}
        </li>
      ))}
    </ol>
  );
}
