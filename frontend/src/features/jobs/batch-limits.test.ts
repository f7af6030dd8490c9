import { expect, it } from "vitest";

import { ownLimits, QUOTA_OF_HOURS, sharedLeft } from "@/features/jobs/batch-limits.ts";
import type { Estimate } from "@/lib/api-types.ts";
import { estimate } from "@/testing/reading-fixtures.ts";

const taking = (high: number, left: number | null, limits: Estimate["limits"] = []): Estimate => ({ ...estimate, work_seconds: { low: 0, likely: 0, high }, quota_left_s: left, limits });
const hours = (message: string) => ({ field: QUOTA_OF_HOURS, limit: 5, is_certain: false, message });

it("tells what is left of the hours only where all of a batch may take more", () => {
  expect(sharedLeft([taking(3, 5), taking(3, 5)])).toBe(5);
  expect(sharedLeft([taking(2, 5), taking(3, 5)])).toBeNull();
  expect(sharedLeft([taking(3, null), taking(3, null)])).toBeNull();
  expect(sharedLeft([])).toBeNull();
});

it("leaves it to the server to say that the hours are used up, once for all jobs", () => {
  const usedUp = [taking(3, 0, [hours("Used up.")]), taking(4, 0, [hours("Used up.")])];
  expect(sharedLeft(usedUp)).toBeNull();
  expect(ownLimits(usedUp).map(({ message }) => message)).toEqual(["Used up."]);
  expect(ownLimits([taking(9, 5, [hours("Alone it may take more.")]), taking(1, 5)])).toEqual([]);
});
