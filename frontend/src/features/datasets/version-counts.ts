import type { DatasetVersion, Split } from "@/lib/api-types.ts";

export const SPLITS: readonly Split[] = ["train", "validation", "test"];

export function totalRows(version: Pick<DatasetVersion, "num_rows">): number {
  const { train, validation, test } = version.num_rows;
  return train + validation + test;
}
