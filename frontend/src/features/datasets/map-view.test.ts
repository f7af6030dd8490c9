import { describe, expect, it } from "vitest";

import { extended, isInside } from "@/features/datasets/lasso.ts";
import { fitted, inSight, nearest, onPlane, onScreen, panned, zoomed } from "@/features/datasets/map-view.ts";

const SIZE = { width: 400, height: 300 };
const POINTS = [
  { x: -2, y: 0 },
  { x: 6, y: 1 },
  { x: 1, y: -3 },
];

describe("the map's view", () => {
  it("shows every point, and as large as they fit", () => {
    const view = fitted(POINTS, SIZE);
    expect(inSight(POINTS, view, SIZE)).toHaveLength(3);
    const places = POINTS.map((point) => onScreen(view, point));
    const spread = (of: (place: { x: number; y: number }) => number) => Math.max(...places.map(of)) - Math.min(...places.map(of));
    expect(Math.max(spread(({ x }) => x) / (SIZE.width - 36), spread(({ y }) => y) / (SIZE.height - 36))).toBeCloseTo(1);
  });

  it("puts the larger y higher", () => {
    const view = fitted(POINTS, SIZE);
    expect(onScreen(view, { x: 0, y: 1 }).y).toBeLessThan(onScreen(view, { x: 0, y: 0 }).y);
  });

  it("holds one point and none", () => {
    expect(onScreen(fitted([{ x: 5, y: 5 }], SIZE), { x: 5, y: 5 })).toEqual({ x: 200, y: 150 });
    expect(fitted([], SIZE)).toEqual({ scale: 1, x: 200, y: 150 });
  });

  it("goes to the plane and back", () => {
    const view = panned(fitted(POINTS, SIZE), 13, -7);
    const back = onScreen(view, onPlane(view, { x: 31, y: 77 }));
    expect(back.x).toBeCloseTo(31);
    expect(back.y).toBeCloseTo(77);
  });

  it("zooms around a pixel, within bounds", () => {
    const whole = fitted(POINTS, SIZE);
    const at = { x: 120, y: 40 };
    const near = zoomed(whole, 2, at, whole);
    expect(onPlane(near, at).x).toBeCloseTo(onPlane(whole, at).x);
    expect(onPlane(near, at).y).toBeCloseTo(onPlane(whole, at).y);
    expect(near.scale).toBeCloseTo(whole.scale * 2);
    expect(zoomed(near, 1e9, at, whole).scale).toBeCloseTo(whole.scale * 200);
    expect(zoomed(near, 1e-9, at, whole).scale).toBeCloseTo(whole.scale / 2);
  });

  it("finds the nearest point within reach", () => {
    const view = fitted(POINTS, SIZE);
    const at = onScreen(view, { x: 6, y: 1 });
    expect(nearest(POINTS, view, { x: at.x - 3, y: at.y }, 8)).toBe(POINTS[1]);
    expect(nearest(POINTS, view, { x: at.x - 20, y: at.y }, 8)).toBeNull();
  });
});

describe("the lasso", () => {
  const hollow = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
    { x: 5, y: 4 },
    { x: 0, y: 10 },
  ];

  it("takes what is inside, also of a line that bends inwards", () => {
    expect(isInside(hollow, { x: 2, y: 5 })).toBe(true);
    expect(isInside(hollow, { x: 8, y: 5 })).toBe(true);
    expect(isInside(hollow, { x: 5, y: 8 })).toBe(false);
    expect(isInside(hollow, { x: 12, y: 5 })).toBe(false);
  });

  it("takes nothing before it has three corners", () => {
    expect(isInside(hollow.slice(0, 2), { x: 5, y: 0 })).toBe(false);
  });

  it("takes no corner where the last one was", () => {
    const line = extended([{ x: 0, y: 0 }], { x: 1, y: 1 });
    expect(line).toHaveLength(1);
    expect(extended(line, { x: 9, y: 1 })).toHaveLength(2);
  });
});
