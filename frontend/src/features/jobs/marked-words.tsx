import classes from "@/features/jobs/marked-text.module.css";
import type { DiffPart } from "@/lib/word-diff.ts";

interface Props {
  parts: readonly DiffPart[];
  /** What a word is that the other text does not have: added to it, or left out of it. */
  as: "ins" | "del";
}

/** A text with the words marked in which it differs from another one. */
export function MarkedWords({ parts, as: Mark }: Props) {
  return (
    <span className={classes["words"]}>
      {parts.map(({ text, isShared }, index) => (isShared ? <span key={index}>{text}</span> : <Mark key={index}>{text}</Mark>))}
    </span>
  );
}
