import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";

import { useChange } from "@/features/datasets/change-queries.ts";
import { datasetKeys } from "@/features/datasets/dataset-queries.ts";
import type { DatasetChange } from "@/lib/api-types.ts";

/** For a page that asks for a version: follows the change to its end, which is the dataset's page with what is new. */
export function useMadeVersion(datasetId: string) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [changeId, setChangeId] = useState<string | null>(null);
  const { data: change = null } = useChange(datasetId, changeId);
  const isMade = change?.state === "applied";
  useEffect(() => {
    if (!isMade) return;
    void client.invalidateQueries({ queryKey: datasetKeys.all });
    void navigate(`/datasets/${datasetId}?tab=versions`, { replace: true, state: { followed: changeId } });
  }, [isMade, client, navigate, datasetId, changeId]);
  return {
    change,
    /** From the moment that it was asked for until it is over. */
    isAtWork: changeId !== null && change?.state !== "failed",
    follow: (asked: DatasetChange) => setChangeId(asked.id),
  };
}

/** The change that the page before has asked for. */
export function followedIn(state: unknown): string | null {
  const followed = typeof state === "object" && state !== null ? (state as Record<string, unknown>)["followed"] : null;
  return typeof followed === "string" ? followed : null;
}
