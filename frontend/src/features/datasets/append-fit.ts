/** Which columns of a version a further file has, as far as the browser can tell. */
import { columnOf } from "@/features/datasets/merge-fit.ts";
import type { DataRole, DatasetVersion, TaskRole } from "@/lib/api-types.ts";

export interface MappedRole {
  role: DataRole;
  column: string;
  isOptional: boolean;
}

/** The columns that a file must have to be added to a version, in the order of the task. */
export function mappedRoles(version: Pick<DatasetVersion, "mapping">, roles: readonly TaskRole[]): MappedRole[] {
  return roles.flatMap(({ role, is_optional }) => {
    const column = columnOf(version, role);
    return column === null ? [] : [{ role, column, isOptional: is_optional }];
  });
}

/** Columns that a file has not. */
export function missingColumns(wanted: readonly MappedRole[], columns: readonly string[]): string[] {
  const have = new Set(columns.map((column) => column.trim()));
  return wanted.filter(({ column }) => !have.has(column.trim())).map(({ column }) => column);
}
