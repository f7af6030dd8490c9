import type { JobStream } from "@/features/jobs/job-stream.ts";
import type { Point } from "@/lib/series.ts";

/** What a job takes of its machine, in the order of the charts. */
export const KINDS = ["gpu", "gpu_memory", "processor", "memory", "disk_writes"] as const;
export type ResourceKind = (typeof KINDS)[number];

/** Those that every machine has: their charts are there from the first moment. */
const EVERYWHERE: readonly ResourceKind[] = ["processor", "memory", "disk_writes"];
/** What is used up for good when it is full; a processor or a GPU that is always busy is as it should be. */
const FILLED = ["memory", "gpu_memory"] as const;
const NEAR = 0.9;

export interface ResourceChart {
  kind: ResourceKind;
  used: readonly Point[];
  /** A line of what the machine has; empty where there is no such limit, or it is not known. */
  limit: readonly Point[];
}

export interface NearLimit {
  kind: (typeof FILLED)[number];
  peak: number;
  limit: number;
}

type Resources = JobStream["resources"];

export function resourceCharts(resources: Resources): ResourceChart[] {
  return KINDS.filter((kind) => EVERYWHERE.includes(kind) || (resources[kind]?.length ?? 0) > 0).map((kind) => {
    const used = resources[kind] ?? [];
    return { kind, used, limit: limitLine(limitsOf(resources, kind), used.at(-1)) };
  });
}

/** Whether anything was measured at all. */
export function isMeasured(resources: Resources): boolean {
  return KINDS.some((kind) => (resources[kind]?.length ?? 0) > 0);
}

/** What came near to its limit, at its highest share of it. */
export function nearLimits(resources: Resources): NearLimit[] {
  return FILLED.flatMap((kind) => {
    const limits = limitsOf(resources, kind);
    const found = (resources[kind] ?? []).flatMap(([second, , peak]) => {
      const limit = limits.findLast((point) => point[0] <= second)?.[2];
      return limit === undefined ? [] : [{ kind, peak, limit }];
    });
    const highest = found.reduce<NearLimit | null>((best, one) => (best === null || one.peak / one.limit > best.peak / best.limit ? one : best), null);
    return highest !== null && highest.peak >= NEAR * highest.limit ? [highest] : [];
  });
}

function limitsOf(resources: Resources, kind: ResourceKind): readonly Point[] {
  return resources[`${kind}_limit`] ?? [];
}

/** A limit is told where it begins to hold and holds until another one is told: a job that goes on elsewhere has another machine. */
function limitLine(limits: readonly Point[], last: Point | undefined): Point[] {
  return limits.flatMap((point, index): Point[] => {
    const next = limits[index + 1];
    const end = next === undefined ? (last?.[0] ?? point[0]) : next[0] - 1;
    return end > point[0] ? [point, [end, point[1], point[2]]] : [point];
  });
}
