import { describe, expect, it } from "vitest";

import { heightsFor, increments, widthFor } from "@/components/chart-scales.ts";

const plain = { isShare: false, isFromZero: false };

describe("heightsFor", () => {
  it("keeps shares between 0 and 1, and shows enough around those that stay the same", () => {
    const share = { isShare: true, isFromZero: false };
    expect(heightsFor(1, 1, share)).toEqual([0.975, 1]);
    expect(heightsFor(0, 0, share)).toEqual([0, 0.025]);
    expect(heightsFor(0.5, 0.5, share)).toEqual([0.475, 0.525]);
    expect(heightsFor(0.1, 0.99, share)[1]).toBe(1);
    expect(heightsFor(0.97, 0.98, { isShare: true, isFromZero: true })).toEqual([0, 1]);
  });

  it("shows a tenth above and below what stays the same", () => {
    expect(heightsFor(50, 50, plain)).toEqual([45, 55]);
    expect(heightsFor(-50, -50, plain)).toEqual([-55, -45]);
    expect(heightsFor(0, 0, plain)).toEqual([-1, 1]);
    expect(heightsFor(0, 0, { isShare: false, isFromZero: true })).toEqual([0, 1]);
    const [low, high] = heightsFor(0.693_147_1, 0.693_147_2, plain);
    expect((high ?? 0) - (low ?? 0), "a difference of the arithmetic alone").toBeGreaterThan(0.1);
  });

  it("has no ends where there is no value", () => {
    expect(heightsFor(null, null, plain)).toEqual([null, null]);
  });
});

describe("widthFor", () => {
  it("goes as far as the points do, and from a single one to the end that is known", () => {
    expect(widthFor([10, 20], [10, 20], 45)).toEqual([10, 20]);
    expect(widthFor([0], [0, 100], 45)).toEqual([0, 45]);
    expect(widthFor([0], [0, 100], undefined)).toEqual([0, 1]);
    expect(widthFor([12], [0, 24], undefined)).toEqual([0, 24]);
    expect(widthFor([45], [0, 90], 45)).toEqual([0, 90]);
    expect(widthFor([], [null, null], 45)).toEqual([null, null]);
  });
});

it("steps by whole numbers along what is counted", () => {
  expect(increments(1).slice(0, 5)).toEqual([1, 2, 5, 10, 20]);
  expect(increments(0.01).slice(0, 4)).toEqual([0.01, 0.02, 0.05, 0.1]);
});
