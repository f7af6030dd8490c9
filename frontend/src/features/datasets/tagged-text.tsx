import { type TaggedCells, taggedParts } from "@/features/datasets/tagged-cells.ts";
import classes from "@/features/jobs/marked-text.module.css";

interface Props {
  cells: TaggedCells;
  /** Words that a finding is about. */
  doubt?: { place: number; phrase: string } | null;
}

/** A text with its spans marked in their places. */
export function TaggedText({ cells, doubt = null }: Props) {
  return (
    <span className={classes["tagged"]} dir="auto">
      {taggedParts(cells, doubt).map(({ text, type, isDoubted }, index) => (
        <span key={index}>
          {index > 0 && " "}
          {type === null ? (
            isDoubted ? <mark className={classes["doubted"]}>{text}</mark> : text
          ) : (
            <mark className={classes["span"]} data-doubted={isDoubted || undefined}>
              {text}
              <span className={classes["type"]}>{type}</span>
            </mark>
          )}
        </span>
      ))}
    </span>
  );
}
