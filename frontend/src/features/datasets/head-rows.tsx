import { columnWidth } from "@/features/datasets/column-width.ts";
import classes from "@/features/datasets/new-dataset.module.css";
import type { HeadTable } from "@/features/datasets/read-head.ts";

interface Props {
  table: HeadTable;
}

export function HeadRows({ table }: Props) {
  return (
    <table className="table">
      <thead>
        <tr>
          {table.columns.map((column, index) => (
            <th key={`${column} ${index}`} scope="col" style={{ minWidth: columnWidth(table.rows.map((row) => row[index])) }}>
              <bdi>{column}</bdi>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {table.rows.map((row, number) => (
          <tr key={number}>
            {row.map((cell, index) => (
              <td key={index} className={`wrap ${classes["cell"] ?? ""}`}>
                <bdi>{cell}</bdi>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
