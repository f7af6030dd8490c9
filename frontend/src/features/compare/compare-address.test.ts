import { expect, it } from "vitest";

import { askedOf, compareAddress } from "@/features/compare/compare-address.ts";

it("reads back what it wrote", () => {
  for (const asked of [
    { ids: ["a", "b", "c"], baseline: "a" },
    { ids: ["a", "b", "c"], baseline: "b" },
    { ids: ["a"], baseline: "a" },
  ]) {
    expect(askedOf(new URL(compareAddress(asked), "http://x").searchParams)).toEqual(asked);
  }
});

it("takes each job once, thirty-two at most, and a baseline only if it is one of them", () => {
  const ids = Array.from({ length: 40 }, (_, index) => String(index));
  expect(askedOf(new URLSearchParams(`jobs=${ids.join(",")},0&baseline=39`))).toEqual({ ids: ids.slice(0, 32), baseline: "0" });
  expect(askedOf(new URLSearchParams("jobs=a,,a,b"))).toEqual({ ids: ["a", "b"], baseline: "a" });
  expect(askedOf(new URLSearchParams(""))).toEqual({ ids: [], baseline: null });
});

it("keeps what else is chosen in the address", () => {
  expect(compareAddress({ ids: ["a", "c"], baseline: "c" }, new URLSearchParams("jobs=a,b&baseline=b&metric=loss&group=tag"))).toBe("/compare?jobs=a,c&baseline=c&metric=loss&group=tag");
});

it("forgets a baseline that was removed", () => {
  expect(compareAddress({ ids: ["a", "c"], baseline: "b" })).toBe("/compare?jobs=a,c");
});
