import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";

interface Props {
  label: string;
  isNumber: boolean;
  /** Null where the table is sorted by another column. */
  isRising: boolean | null;
  onSort: () => void;
}

/** The head of a column that a click sorts by. */
export function SortHeader({ label, isNumber, isRising, onSort }: Props) {
  return (
    <th scope="col" className={isNumber ? "num" : undefined} aria-sort={isRising === null ? "none" : isRising ? "ascending" : "descending"}>
      <button type="button" className="sort-button" onClick={onSort}>
        {label}
        {isRising !== null && (isRising ? <IconArrowUp size={12} aria-hidden /> : <IconArrowDown size={12} aria-hidden />)}
      </button>
    </th>
  );
}
