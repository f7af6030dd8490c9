import { describe, expect, it } from "vitest";

import { chosen, isComplete, mappingText, repeated } from "@/features/datasets/mapping.ts";
import type { TaskRole } from "@/lib/api-types.ts";

const ROLES: readonly TaskRole[] = [
  { role: "anchor", kind: "text", is_optional: false },
  { role: "positive", kind: "text", is_optional: false },
  { role: "negative", kind: "text", is_optional: true },
];

describe("a choice of columns", () => {
  it("is whole when every part that is needed has a column of its own", () => {
    expect(isComplete(ROLES, { anchor: "a", positive: "b" })).toBe(true);
    expect(isComplete(ROLES, { anchor: "a", positive: null, negative: "c" })).toBe(false);
    expect(isComplete(ROLES, { anchor: "a", positive: "b", negative: "a" })).toBe(false);
    expect([...repeated(ROLES, { anchor: "a", positive: "a", negative: "a" })]).toEqual(["positive", "negative"]);
  });

  it("exchanges the columns of two parts", () => {
    expect(chosen({ anchor: "a", positive: "b" }, "anchor", "b")).toEqual({ anchor: "b", positive: "a" });
    expect(chosen({ anchor: null, positive: "b" }, "anchor", "b")).toEqual({ anchor: "b", positive: null });
    expect(chosen({ anchor: "a", positive: "b" }, "anchor", "c")).toEqual({ anchor: "c", positive: "b" });
  });

  it("reads as what is learnt from what", () => {
    expect(mappingText({ mapping: { anchor: "a", positive: "b" } }, ROLES)).toBe("a → b");
    expect(mappingText({ mapping: { anchor: "a", positive: "b", negative: "c" } }, ROLES)).toBe("a, b → c");
    expect(mappingText({ mapping: { anchor: "a" } }, ROLES)).toBe("a");
  });
});
