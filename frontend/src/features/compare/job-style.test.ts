import { expect, it } from "vitest";

import { MOST_JOBS } from "@/features/compare/compare-address.ts";
import { jobStyle } from "@/features/compare/job-style.ts";

it("draws no two of the jobs that can be compared alike", () => {
  const looks = Array.from({ length: MOST_JOBS }, (_, place) => JSON.stringify(jobStyle(place)));
  expect(new Set(looks).size).toBe(MOST_JOBS);
});
