import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { datasetCalls } from "@/features/datasets/calls.ts";
import { ROWS_ON_A_PAGE } from "@/features/datasets/change-queries.ts";
import { datasetKeys } from "@/features/datasets/dataset-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { DoctorReport } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";

const POLL_MS = 1500;

/** `state` null: the doctor was not asked. */
export function isAtWork(report: { state: DoctorReport["state"] | null }): boolean {
  return report.state === "queued" || report.state === "running";
}

/** What the doctor says about a version; null where it was not asked to look. */
export function useDoctorReport(versionId: string) {
  return useQuery({
    queryKey: datasetKeys.doctor(versionId),
    queryFn: async () => {
      try {
        return await send(datasetCalls.doctor(versionId));
      } catch (error) {
        if (asApiError(error).code === "doctor.no_report") return null;
        throw error;
      }
    },
    refetchInterval: (query) => (query.state.data && isAtWork(query.state.data) ? POLL_MS : false),
  });
}

export function useFindingRows(findingId: string, offset: number) {
  return useQuery({
    queryKey: [...datasetKeys.all, "finding-rows", findingId, offset],
    queryFn: () => send(datasetCalls.findingRows(findingId, offset, ROWS_ON_A_PAGE)),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

export function useDifficultyMap(versionId: string) {
  return useQuery({
    queryKey: [...datasetKeys.all, "map", versionId],
    queryFn: () => send(datasetCalls.difficulty(versionId)),
    staleTime: Infinity,
  });
}

/** Put a finding aside, or take it up again. */
export function useDecideFinding(versionId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ findingId, isDismissed }: { findingId: string; isDismissed: boolean }) => send(isDismissed ? datasetCalls.dismiss(findingId) : datasetCalls.reopen(findingId)),
    onSuccess: (finding) => {
      client.setQueryData<DoctorReport | null>(datasetKeys.doctor(versionId), (report) =>
        report ? { ...report, findings: report.findings.map((one) => (one.id === finding.id ? finding : one)) } : report,
      );
    },
  });
}
