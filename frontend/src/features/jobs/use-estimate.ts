import { useDebouncedValue } from "@mantine/hooks";
import { queryOptions, useQueries, useQuery } from "@tanstack/react-query";

import { jobCalls } from "@/features/jobs/calls.ts";
import { type ApiError, asApiError } from "@/lib/api-error.ts";
import type { Estimate, JobCreate } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";

const QUIET_MS = 600;
const FRESH_MS = 60_000;

/** A launch without its name and its batch, which change nothing of what it takes. */
function textOf(body: JobCreate | null): string | null {
  return body === null ? null : JSON.stringify({ ...body, name: undefined, batch_id: undefined });
}

function asking(asked: string | null, isAllowed: boolean) {
  return queryOptions({
    queryKey: ["jobs", "estimate", asked],
    queryFn: () => send(jobCalls.estimate(JSON.parse(asked ?? "") as JobCreate)),
    enabled: asked !== null && isAllowed,
    retry: false,
    staleTime: FRESH_MS,
  });
}

/**
 * What a launch would take, asked for when it has been left alone for a moment. The server looks at the whole of it first, so that
 * its refusal is what is wrong with the launch. `isCurrent` says whether that is about what stands there now.
 */
export function useEstimate(body: JobCreate | null, isAllowed: boolean) {
  const wanted = textOf(body);
  const [asked] = useDebouncedValue(wanted, QUIET_MS);
  const estimate = useQuery(asking(asked, isAllowed));
  return { estimate, isAsked: asked !== null && isAllowed, isCurrent: asked === wanted };
}

export interface Estimated {
  data: Estimate | null;
  /** Why the server would not launch it. */
  refusal: ApiError | null;
}

/** The same of several launches, in their order; nothing of one that has changed since it was asked about. */
export function useEstimates(bodies: readonly (JobCreate | null)[], isAllowed: boolean): Estimated[] {
  const wanted = bodies.map(textOf);
  const [asked] = useDebouncedValue(JSON.stringify(wanted), QUIET_MS);
  const texts = [...new Set(JSON.parse(asked) as (string | null)[])].filter((text) => text !== null);
  const answers = useQueries({ queries: texts.map((text) => asking(text, isAllowed)) });
  const found = new Map(texts.map((text, index) => [text, answers[index]]));
  return wanted.map((text) => {
    const answer = text === null ? undefined : found.get(text);
    return { data: answer?.data ?? null, refusal: answer?.error == null ? null : asApiError(answer.error) };
  });
}
