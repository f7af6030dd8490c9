import { createContext, use } from "react";

import type { Split } from "@/lib/api-types.ts";

/** Where the rows of an evaluation are kept; null where nothing leads there. */
export interface RowPlace {
  datasetId: string;
  split: Split;
  /** Its rows can be seen no more. */
  isDeleted: boolean;
}

export const RowPlaceContext = createContext<RowPlace | null>(null);

export function useRowPlace(): RowPlace | null {
  return use(RowPlaceContext);
}
