import type { JobEvent, Metrics, MetricPoint, ResourcePoint } from "@/lib/api-types.ts";
import type { StreamState } from "@/lib/event-stream.ts";
import { type Clock, mergePoints, type Point } from "@/lib/series.ts";

export interface JobStream {
  curves: Readonly<Record<string, readonly Point[]>>;
  /** What the job took of its machine, by kind: points of [seconds, 0, value]. */
  resources: Readonly<Record<string, readonly Point[]>>;
  /** When steps were told; of a search these are steps of many runs. */
  clock: Clock;
  events: readonly JobEvent[];
  lastSeq: number;
  connection: StreamState;
}

export type JobStreamAction =
  | { type: "metrics_loaded"; metrics: Metrics }
  | { type: "events_loaded"; events: readonly JobEvent[] }
  | { type: "points"; seq: number | null; seconds: number | null; points: readonly MetricPoint[]; resources?: readonly ResourcePoint[] }
  | { type: "note"; seq: number | null; event: JobEvent }
  | { type: "connection"; connection: StreamState };

export const EMPTY_STREAM: JobStream = { curves: {}, resources: {}, clock: [], events: [], lastSeq: 0, connection: "connecting" };

function isPoint(values: readonly number[]): values is [number, number, number] {
  return values.length === 3;
}

function isTick(values: readonly number[]): values is [number, number] {
  return values.length === 2;
}

/** A step that comes again keeps its first time. */
function mergeClock(old: Clock, incoming: Clock): Clock {
  return [...new Map([...incoming, ...old])].sort((a, b) => a[0] - b[0]);
}

function mergeEvents(old: readonly JobEvent[], incoming: readonly JobEvent[]): readonly JobEvent[] {
  const bySeq = new Map(old.map((event) => [event.seq, event]));
  for (const event of incoming) bySeq.set(event.seq, event);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

function mergeCurves(curves: JobStream["curves"], points: readonly MetricPoint[]): JobStream["curves"] {
  const byName = new Map<string, Point[]>();
  for (const { name, step, epoch, value } of points) {
    const list = byName.get(name) ?? [];
    list.push([step, epoch, value]);
    byName.set(name, list);
  }
  const merged = { ...curves };
  for (const [name, list] of byName) merged[name] = mergePoints(merged[name] ?? [], list);
  return merged;
}

function mergeResources(old: JobStream["resources"], points: readonly ResourcePoint[]): JobStream["resources"] {
  return points.length === 0 ? old : mergeCurves(old, points.map(({ name, seconds, value }) => ({ name, step: seconds, epoch: 0, value })));
}

/**
 * What is known of a running job. Order does not matter and nothing counts twice: a point is known by its curve and
 * step, an event by its number, so history and stream may overlap as they like.
 */
export function jobStream(state: JobStream, action: JobStreamAction): JobStream {
  switch (action.type) {
    case "metrics_loaded": {
      const points = action.metrics.series.flatMap(({ name, points: list }) =>
        list.filter(isPoint).map(([step, epoch, value]) => ({ name, step, epoch, value })),
      );
      return {
        ...state,
        curves: mergeCurves(state.curves, points),
        resources: mergeResources(
          state.resources,
          action.metrics.resources.flatMap(({ name, points: list }) => list.filter(isTick).map(([seconds, value]) => ({ name, seconds, value }))),
        ),
        clock: mergeClock(state.clock, action.metrics.clock.filter(isTick)),
        lastSeq: Math.max(state.lastSeq, action.metrics.last_seq),
      };
    }
    case "events_loaded":
      return { ...state, events: mergeEvents(state.events, action.events) };
    case "points": {
      const { seconds } = action;
      return {
        ...state,
        curves: mergeCurves(state.curves, action.points),
        resources: mergeResources(state.resources, action.resources ?? []),
        clock: seconds === null ? state.clock : mergeClock(state.clock, action.points.map(({ step }) => [step, seconds] as const)),
        lastSeq: Math.max(state.lastSeq, action.seq ?? 0),
      };
    }
    case "note":
      return {
        ...state,
        events: mergeEvents(state.events, [action.event]),
        lastSeq: Math.max(state.lastSeq, action.seq ?? 0),
      };
    case "connection":
      return state.connection === action.connection ? state : { ...state, connection: action.connection };
  }
}
