import { expect, it } from "vitest";

import { addressOf, changedFilter, filterOf, isNarrow, isSameFilter } from "@/features/jobs/job-filter.ts";

it("comes back from its address as it was", () => {
  const filter = { state: "failed,cancelled", tag: "冬季 & more", q: "a=b?", sort: "result" } as const;
  expect(filterOf(new URL(addressOf(filter), "http://x").searchParams)).toEqual(filter);
});

it("leaves out what says nothing, and what is not of a list of jobs", () => {
  expect(filterOf(new URLSearchParams("state=&tag=%20&sort=result&utm=1"))).toEqual({ sort: "result" });
  expect(changedFilter({ tag: "winter", sort: "result" }, { tag: "", sort: "created" })).toEqual({});
  expect(addressOf({})).toBe("/jobs");
});

it("is the same filter in whatever order its parts were chosen", () => {
  expect(isSameFilter({ tag: "a", state: "failed" }, { state: "failed", tag: "a" })).toBe(true);
  expect(isSameFilter({ tag: "a" }, { tag: "a", sort: "created" })).toBe(true);
  expect(isSameFilter({ tag: "a" }, { tag: "b" })).toBe(false);
});

it("is narrow where jobs are left out", () => {
  expect(isNarrow({ sort: "result" })).toBe(false);
  expect(isNarrow({ q: "x" })).toBe(true);
});
