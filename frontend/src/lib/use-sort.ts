import { useAddressChoice } from "@/lib/use-address-choice.ts";

export interface Sort<Column extends string = string> {
  column: Column;
  isRising: boolean;
}

/** How a table is sorted: in the address under `name`, with a minus before the column where the largest comes first. */
export function useSort<Column extends string>(name: string, columns: readonly Column[], usual: Sort<Column>): [Sort<Column>, (sort: Sort<Column>) => void] {
  const [kept, keep] = useAddressChoice(name);
  const isRising = !kept?.startsWith("-");
  const column = columns.find((one) => one === (isRising ? kept : kept?.slice(1)));
  const sort = column === undefined ? usual : { column, isRising };
  return [
    sort,
    (next) => keep(next.column === usual.column && next.isRising === usual.isRising ? null : `${next.isRising ? "" : "-"}${next.column}`),
  ];
}
