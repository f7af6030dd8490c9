import classes from "@/features/labelling/labelling.module.css";

interface Turn {
  role: string;
  content: string;
}

/** A text as it is, or the turns of a conversation that a cell holds as JSON. */
export function CellText({ cell }: { cell: unknown }) {
  if (Array.isArray(cell)) return <p className={classes["text"]}>{cell.join(" ")}</p>;
  const text = typeof cell === "string" || typeof cell === "number" ? String(cell) : "";
  const turns = turnsOf(text);
  if (turns === null) return <p className={classes["text"]}>{text}</p>;
  return (
    <ol className={classes["turns"]}>
      {turns.map((turn, index) => (
        <li key={index}>
          <b>{turn.role}</b>
          <p className={classes["text"]}>{turn.content}</p>
        </li>
      ))}
    </ol>
  );
}

function turnsOf(text: string): Turn[] | null {
  if (!text.startsWith("[")) return null;
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) && found.length > 0 && found.every(isTurn) ? found : null;
  } catch {
    return null;
  }
}

function isTurn(value: unknown): value is Turn {
  if (typeof value !== "object" || value === null) return false;
  return "role" in value && typeof value.role === "string" && "content" in value && typeof value.content === "string";
}
