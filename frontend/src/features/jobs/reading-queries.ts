import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { jobCalls } from "@/features/jobs/calls.ts";
import type { JobCreate, TokenPreview } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";

const POLL_MS = 1500;

export function useAskReading() {
  return useMutation({ mutationFn: (body: JobCreate) => send(jobCalls.preview(body)) });
}

/** Looked at again until it is made; what is made does not change. Estimates are asked for anew then: they know its counts. */
export function useReading(asked: TokenPreview | null) {
  const client = useQueryClient();
  const id = asked?.id ?? "";
  const reading = useQuery({
    queryKey: ["jobs", "previews", id],
    queryFn: () => send(jobCalls.previewRead(id)),
    enabled: asked?.state === "waiting",
    refetchInterval: (query) => (query.state.data === undefined || query.state.data.state === "waiting" ? POLL_MS : false),
    staleTime: 0,
  });
  const isMade = (reading.data ?? asked)?.state === "done";
  useEffect(() => {
    if (isMade) void client.invalidateQueries({ queryKey: ["jobs", "estimate"] });
  }, [isMade, id, client]);
  return reading;
}
