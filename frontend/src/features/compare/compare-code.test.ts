import { expect, it } from "vitest";

import { compareCode } from "@/features/compare/compare-code.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

it("asks for as many points of a curve as the page does", () => {
  const t: Translate = (key) => key;
  const pathsOf = (numJobs: number) => compareCode({ ids: Array.from({ length: numJobs }, (_, at) => `job-${at}`), baseline: null }, t).flatMap(({ steps }) => steps.map(({ call }) => call.path));
  expect(pathsOf(2).filter((path) => path.includes("/metrics"))).toEqual(["/api/v1/jobs/job-0/metrics?max_points=600", "/api/v1/jobs/job-1/metrics?max_points=600"]);
  expect(pathsOf(32).at(-1)).toBe("/api/v1/jobs/job-31/metrics?max_points=150");
});
