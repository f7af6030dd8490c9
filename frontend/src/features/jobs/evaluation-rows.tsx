import { type ReactNode, useMemo } from "react";

import { useDataset } from "@/features/datasets/dataset-queries.ts";
import { RowPlaceContext } from "@/features/jobs/row-place.ts";
import type { Evaluation, Job } from "@/lib/api-types.ts";
import { asApiError } from "@/lib/api-error.ts";

interface Props {
  job: Job;
  evaluation: Evaluation;
  children: ReactNode;
}

/** Tells what stands in it where the rows of an evaluation are, or that they are gone. */
export function EvaluationRows({ job, evaluation: { split }, children }: Props) {
  const datasetId = job.dataset.id;
  const { error } = useDataset(datasetId);
  const isDeleted = error !== null && asApiError(error).isMissing;
  const place = useMemo(() => ({ datasetId, split, isDeleted }), [datasetId, split, isDeleted]);
  return <RowPlaceContext value={place}>{children}</RowPlaceContext>;
}
