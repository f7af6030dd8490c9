import { expect, it } from "vitest";

import { addressOf, changedFilter, filterOf, filterOfGroup, isNarrow, isSameFilter, narrowed } from "@/features/jobs/job-filter.ts";

it("comes back from its address as it was", () => {
  const filter = { state: "failed,cancelled", tag: "冬季 & more", q: "a=b?", week: "2026-11-23", archived: "true", sort: "result", group: "method" } as const;
  expect(filterOf(new URL(addressOf(filter), "http://x").searchParams)).toEqual(filter);
});

it("leaves out what says nothing, and what is not of a list of jobs", () => {
  expect(filterOf(new URLSearchParams("state=&tag=%20&sort=result&utm=1&archived=no&group=owner"))).toEqual({ sort: "result" });
  expect(changedFilter({ tag: "winter", sort: "result" }, { tag: "", sort: "created" })).toEqual({});
  expect(addressOf({})).toBe("/jobs");
});

it("is the same filter in whatever order its parts were chosen", () => {
  expect(isSameFilter({ tag: "a", state: "failed" }, { state: "failed", tag: "a" })).toBe(true);
  expect(isSameFilter({ tag: "a" }, { tag: "a", sort: "created" })).toBe(true);
  expect(isSameFilter({ tag: "a" }, { tag: "b" })).toBe(false);
});

it("is narrow where jobs are left out", () => {
  expect(isNarrow({ sort: "result", group: "tag" })).toBe(false);
  expect(isNarrow({ q: "x" })).toBe(true);
});

it("opens a group within what the list is narrowed to already", () => {
  expect(narrowed({ tag: "winter", q: "a" }, filterOfGroup("tag", "baseline"))).toEqual({ tag: "winter,baseline", q: "a" });
  expect(narrowed({ state: "failed,cancelled" }, filterOfGroup("state", "failed"))).toEqual({ state: "failed" });
  expect(filterOfGroup("tag", "")).toEqual({ untagged: "true" });
  expect(filterOfGroup("dataset", "x")).toEqual({ dataset_id: "x" });
});
