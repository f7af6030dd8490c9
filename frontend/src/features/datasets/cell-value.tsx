import classes from "@/features/datasets/dataset.module.css";

/** What stands in a cell. A list shows its parts apart, so that a space inside of one is told from a space between two. */
export function CellValue({ value }: { value: unknown }) {
  if (value === null || value === undefined) return "";
  if (!Array.isArray(value)) return typeof value === "string" ? value : JSON.stringify(value);
  return (
    <span className={classes["parts"]}>
      {value.map((part, index) => (
        <span key={index}>
          <bdi>{String(part)}</bdi>
        </span>
      ))}
    </span>
  );
}
