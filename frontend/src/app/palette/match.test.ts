import { describe, expect, it } from "vitest";

import { match, matching } from "@/app/palette/match.ts";

const best = (all: readonly string[], typed: string) => matching(all, typed, (one) => one);

describe("match", () => {
  it("finds characters in their order only", () => {
    expect(match("New job", "nj")).not.toBeNull();
    expect(match("New job", "jn")).toBeNull();
    expect(match("Datasets", "dxs")).toBeNull();
  });

  it("takes no letters from inside words, so that a name finds no action by accident", () => {
    expect(match("Sign out", "so")).not.toBeNull();
    expect(match("Sign out", "sgt")).toBeNull();
    expect(match("data dataset", "datas")).not.toBeNull();
  });

  it("does not mind case, spaces and scripts", () => {
    expect(match("Switch to 华东客服", "客 服")).not.toBeNull();
    expect(match("设置", "置")).not.toBeNull();
    expect(match("Sign out", "SIGNOUT")).not.toBeNull();
  });
});

describe("matching", () => {
  it("puts beginnings before words before anything else", () => {
    expect(best(["Remodel", "Best models", "Models"], "mod")).toEqual(["Models", "Best models", "Remodel"]);
  });

  it("puts the closer of two alike first", () => {
    expect(best(["Settings of the organisation", "Settings"], "set")).toEqual(["Settings", "Settings of the organisation"]);
  });

  it("keeps everything in its order when nothing was typed", () => {
    expect(best(["b", "a"], " ")).toEqual(["b", "a"]);
  });
});
