import { describe, expect, it } from "vitest";

import { EMPTY_STREAM, jobStream, type JobStreamAction } from "@/features/jobs/job-stream.ts";
import type { MetricPoint } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";

const run = (actions: JobStreamAction[]) => actions.reduce(jobStream, EMPTY_STREAM);
const point = (step: number, value = step): MetricPoint => ({ name: "train/loss", step, epoch: step / 10, value });
const points = (seq: number, ...list: MetricPoint[]): JobStreamAction => ({ type: "points", seq, seconds: seq, points: list });
const steps = (state: ReturnType<typeof run>) => state.curves["train/loss"]?.map((entry) => entry[0]);

describe("jobStream", () => {
  it("gives the same curves in whatever order events come", () => {
    const actions = [points(1, point(1)), points(2, point(2), point(3)), points(3, point(4))];
    const straight = run(actions);
    const mixed = run([...actions].reverse());
    expect(mixed.curves).toEqual(straight.curves);
    expect(mixed.lastSeq).toBe(3);
  });

  it("keeps what the machine was asked for apart, at seconds that are no steps", () => {
    const used = { name: "memory", seconds: 4, value: 2e9 };
    const state = run([
      { type: "metrics_loaded", metrics: { series: [], resources: [{ name: "memory", points: [[2, 1e9], [4, 2e9]] }], clock: [], last_seq: 3 } },
      { type: "points", seq: 4, seconds: 9, points: [point(1)], resources: [used, { ...used, seconds: 6 }] },
    ]);
    expect(state.resources).toEqual({ memory: [[2, 0, 1e9], [4, 0, 2e9], [6, 0, 2e9]] });
    expect(state.clock).toEqual([[1, 9]]);
    expect(Object.keys(state.curves)).toEqual(["train/loss"]);
  });

  it("counts nothing twice when events are repeated", () => {
    const state = run([points(1, point(1), point(2)), points(1, point(1), point(2)), points(2, point(2), point(3))]);
    expect(steps(state)).toEqual([1, 2, 3]);
  });

  it("joins history and stream where they overlap", () => {
    const state = run([
      points(42, point(41), point(42)),
      { type: "metrics_loaded", metrics: { series: [{ name: "train/loss", points: [[40, 4, 40], [41, 4.1, 41]] }], resources: [], clock: [[40, 39], [41, 40]], last_seq: 41 } },
    ]);
    expect(steps(state)).toEqual([40, 41, 42]);
    expect(state.lastSeq).toBe(42);
    // A step was told when it was told first; here the stream said that of 41 itself.
    expect(state.clock).toEqual([[40, 39], [41, 42], [42, 42]]);
  });

  it("takes the newer value when a step is run again after a resume", () => {
    const state = run([points(1, point(5, 0.9)), points(9, point(5, 0.7))]);
    expect(state.curves["train/loss"]).toEqual([[5, 0.5, 0.7]]);
  });

  it("keeps events by number, sorted", () => {
    const [first, second, third] = fixtures.events;
    if (!first || !second || !third) throw new Error("the fixture has events");
    const state = run([
      { type: "note", seq: 3, event: third },
      { type: "events_loaded", events: [first, second, third] },
      { type: "note", seq: 1, event: first },
    ]);
    expect(state.events.map((event) => event.seq)).toEqual([1, 2, 3]);
  });

  it("ignores points that are not [step, epoch, value]", () => {
    const state = run([{ type: "metrics_loaded", metrics: { series: [{ name: "x", points: [[1, 2], []] }], resources: [], clock: [[1]], last_seq: 1 } }]);
    expect(state.curves).toEqual({});
  });

  it("is the same object when the connection stays as it is", () => {
    expect(jobStream(EMPTY_STREAM, { type: "connection", connection: "connecting" })).toBe(EMPTY_STREAM);
  });
});
