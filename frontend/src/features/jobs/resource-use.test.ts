import { expect, it } from "vitest";

import { nearLimits, resourceCharts } from "@/features/jobs/resource-use.ts";
import type { Point } from "@/lib/series.ts";

const over = (...values: number[]): Point[] => values.map((value, index): Point => [2 * (index + 1), 0, value]);

it("has the charts of every machine from the first moment, and those of a GPU where there is one", () => {
  expect(resourceCharts({}).map(({ kind }) => kind)).toEqual(["processor", "memory", "disk_writes"]);
  expect(resourceCharts({ gpu: over(0.9), gpu_memory: over(1) }).map(({ kind }) => kind)).toEqual(["gpu", "gpu_memory", "processor", "memory", "disk_writes"]);
});

it("draws a limit for as long as it holds: a job that goes on elsewhere has another machine", () => {
  const [, memory] = resourceCharts({ memory: over(1, 2, 3, 4), memory_limit: [[2, 0, 10], [6, 0, 20]] });
  expect(memory?.limit).toEqual([[2, 0, 10], [5, 0, 10], [6, 0, 20], [8, 0, 20]]);
  expect(resourceCharts({ disk_writes: over(1) })[2]?.limit).toEqual([]);
});

it("names what came near to the limit that held then, at its highest share of it", () => {
  const limit: Point[] = [[2, 0, 10], [6, 0, 100]];
  expect(nearLimits({ memory: over(8, 9, 60, 85), memory_limit: limit })).toEqual([{ kind: "memory", peak: 9, limit: 10 }]);
  expect(nearLimits({ memory: over(8, 8.9, 60, 85), memory_limit: limit })).toEqual([]);
  expect(nearLimits({ gpu_memory: over(95), gpu_memory_limit: [[2, 0, 100]] })).toEqual([{ kind: "gpu_memory", peak: 95, limit: 100 }]);
});

it("says nothing of a processor that is busy, nor of memory whose limit nobody knows", () => {
  expect(nearLimits({ processor: over(2), processor_limit: [[2, 0, 2]], gpu: over(1), memory: over(99) })).toEqual([]);
});
