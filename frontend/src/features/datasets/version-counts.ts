import type { DatasetVersion } from "@/lib/api-types.ts";

export function totalRows(version: Pick<DatasetVersion, "num_rows">): number {
  const { train, validation, test } = version.num_rows;
  return train + validation + test;
}
