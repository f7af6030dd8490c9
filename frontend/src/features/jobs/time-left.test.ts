import { expect, it } from "vitest";

import { timeLeft } from "@/features/jobs/time-left.ts";
import { makeFormatter } from "@/lib/format.ts";
import { runningJob } from "@/testing/fixtures.ts";

it.each([
  [null, null, null],
  [150, null, "2m 30s"],
  [150, 0.2, "2m 30s"],
  [150, 30, "2m 0s – 3m 0s"],
  [20, 45, "0s – 1m 5s"],
])("of %s seconds, give or take %s, says %s", (seconds, spread, text) => {
  const progress = { ...runningJob.progress, seconds_remaining: seconds, seconds_remaining_spread: spread };
  expect(timeLeft(progress, makeFormatter("en", "UTC"))).toBe(text);
});
