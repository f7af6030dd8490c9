import { createContext, use } from "react";

import type { PendingChanges } from "@/features/datasets/pending-changes.ts";
import type { Dataset, DatasetChange, DatasetVersion } from "@/lib/api-types.ts";

/** What the tabs of a dataset's page have in common: the latest version, and how it is changed. */
export interface DatasetWork {
  dataset: Dataset;
  version: DatasetVersion;
  isWriter: boolean;
  canTakeAway: boolean;
  /** A change is being made, so that the server takes no other one. */
  isBusy: boolean;
  pending: PendingChanges;
  setPending: (pending: PendingChanges) => void;
  /** Nothing of what was collected is on its way to the server just now. */
  canEdit: boolean;
  /** What became of the pending changes when they were sent. */
  sent: DatasetChange | null;
  /** Show how this change goes on, above the tabs. */
  follow: (change: DatasetChange) => void;
}

export const DatasetWorkContext = createContext<DatasetWork | null>(null);

export function useDatasetWork(): DatasetWork {
  const value = use(DatasetWorkContext);
  if (value === null) throw new Error("useDatasetWork is only available on the page of a dataset");
  return value;
}
