import { useDebouncedValue } from "@mantine/hooks";
import { skipToken, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import type { Span } from "@/components/chart-zoom.ts";
import type { HorizontalAxis } from "@/components/line-chart.tsx";
import { jobCalls } from "@/features/jobs/calls.ts";
import type { StepRange } from "@/features/jobs/first-calls.ts";
import { MAX_POINTS } from "@/features/jobs/job-first-queries.ts";
import type { JobStream } from "@/features/jobs/job-stream.ts";
import { send } from "@/lib/call.ts";
import { asPoint, mergePoints, type Point } from "@/lib/series.ts";

/** How long a reader keeps a zoom before it is asked for. */
const REST_MS = 250;
/** What is thinned to so many points keeps at least a third of them; a curve of fewer came whole. */
const LEAST_THINNED = MAX_POINTS / 3;

export interface CurveSource {
  jobId: string;
  /** `trial-3/` of the curves of a trial, which are shown under the names that a single run has. */
  prefix: string;
}

/** The steps around a part of the axis, by the longest of the curves. */
export function stepsWithin(curves: readonly (readonly Point[])[], axis: HorizontalAxis, [from, to]: Span): StepRange | null {
  const longest = curves.reduce<readonly Point[]>((a, b) => (b.length > a.length ? b : a), []);
  const [first, last] = [longest[0], longest.at(-1)];
  if (first === undefined || last === undefined) return null;
  const before = longest.findLast((point) => axis.of(point) <= from) ?? first;
  const after = longest.find((point) => axis.of(point) >= to) ?? last;
  return { from: before[0], to: after[0] };
}

/** Curves with all that the server has of a part of them, or as much as it thins a whole one to; as they are until that has come. */
export function useFinerCurves({ jobId, prefix }: CurveSource, curves: JobStream["curves"], steps: StepRange | null): JobStream["curves"] {
  const [from, to] = [steps?.from, steps?.to];
  const wanted = useMemo(() => (from === undefined || to === undefined ? undefined : { from, to }), [from, to]);
  const [asked] = useDebouncedValue(wanted, REST_MS);
  const names = Object.keys(curves).filter((name) => (curves[name]?.length ?? 0) >= LEAST_THINNED);
  const { data } = useQuery({
    queryKey: ["jobs", "finer", jobId, prefix, asked],
    queryFn: asked === undefined ? skipToken : () => send(jobCalls.metrics(jobId, MAX_POINTS, { ...asked, names: names.map((name) => prefix + name) })),
    enabled: names.length > 0,
    // Of a job that runs, what comes later comes by the stream.
    staleTime: Infinity,
    gcTime: 30_000,
  });
  return useMemo(() => {
    if (data === undefined || wanted === undefined) return curves;
    const finer = new Map(data.series.map(({ name, points }) => [name, points]));
    return Object.fromEntries(
      Object.entries(curves).map(([name, points]) => [name, mergePoints(points, (finer.get(prefix + name) ?? []).map(asPoint))]),
    );
  }, [curves, data, prefix, wanted]);
}
