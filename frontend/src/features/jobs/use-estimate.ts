import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client.ts";
import type { JobCreate } from "@/lib/api-types.ts";

const QUIET_MS = 600;

/**
 * What a launch would take, asked for when it has been left alone for a moment. The server looks at the whole of it first, so that
 * its refusal is what is wrong with the launch. `isCurrent` says whether that is about what stands there now.
 */
export function useEstimate(body: JobCreate | null, isAllowed: boolean) {
  const wanted = body === null ? null : JSON.stringify({ ...body, name: undefined });
  const [asked] = useDebouncedValue(wanted, QUIET_MS);
  const estimate = useQuery({
    queryKey: ["jobs", "estimate", asked],
    queryFn: () => unwrap(api.POST("/api/v1/jobs/estimate", { body: JSON.parse(asked ?? "") as JobCreate })),
    enabled: asked !== null && isAllowed,
    retry: false,
  });
  return { estimate, isAsked: asked !== null && isAllowed, isCurrent: asked === wanted };
}
