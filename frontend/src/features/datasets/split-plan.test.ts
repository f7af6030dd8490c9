import { describe, expect, it } from "vitest";

import { guessSplitColumn } from "@/features/datasets/guess-split.ts";
import { carved, initialSplit, isDivisible, isWholeSplit, splitChoice, splitFields, splitModes } from "@/features/datasets/split-plan.ts";
import type { Dataset, DatasetColumn, SplitChoice } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";

function column(name: string, sample: string[], num_distinct = sample.length): DatasetColumn {
  return { name, sample, num_distinct, num_empty: 0, guess: "other" };
}

function withFiles(...splits: SplitChoice[]): Dataset {
  const [file] = fixtures.unmappedDataset.files;
  if (file === undefined) throw new Error("the fixture has a file");
  return { ...fixtures.unmappedDataset, files: splits.map((split) => ({ ...file, split })) };
}

describe("the column that rows are divided by", () => {
  it("names splits in the usual spellings, whatever it is called", () => {
    expect(guessSplitColumn("given", [column("text", ["a", "b"]), column("part", ["Train", "dev", "测试"])])).toBe("part");
    expect(guessSplitColumn("given", [column("part", ["train", "train"], 1)]), "one value proves nothing").toBeNull();
    expect(guessSplitColumn("given", [column("data_split", ["train", "train"], 1)])).toBe("data_split");
    expect(guessSplitColumn("given", [column("split", ["train", "eval"])])).toBeNull();
  });

  it("is guessed by name for groups and times", () => {
    const columns = [column("text", ["a"]), column("customer_id", ["1"]), column("created_at", ["2026-01-01"])];
    expect([guessSplitColumn("grouped", columns), guessSplitColumn("time", columns), guessSplitColumn("random", columns)]).toEqual(["customer_id", "created_at", null]);
  });
});

describe("how rows are divided", () => {
  it("is proposed where a column says it, and otherwise as it was decided before", () => {
    const dataset = withFiles("auto");
    const split = column("split", ["train", "test"]);
    expect(initialSplit({ ...dataset, columns: [...dataset.columns, split] })).toMatchObject({ mode: "given", column: "split" });
    const mapping = { text: "message", label: "channel", split_seed: 3, validation_share: 0.12, test_share: 0, split_mode: "grouped", split_column: "intent" } as const;
    const again = initialSplit({ ...dataset, mapping, columns: [...dataset.columns, split] });
    expect(again).toEqual({ mode: "grouped", column: "intent", seed: 3, validation: 0.12, test: 0 });
    expect(splitChoice(dataset, again)).toEqual({ validation_share: 0.12, test_share: 0, split_mode: "grouped", split_column: "intent", split_seed: 3 });
  });

  it("is sent with what its mode looks at alone", () => {
    const dataset = withFiles("auto", "validation");
    const plan = { ...initialSplit(dataset), column: "intent", seed: 5 };
    expect(splitChoice(dataset, plan)).toEqual({ test_share: 0.1, split_seed: 5 });
    expect(splitChoice(dataset, { ...plan, mode: "given" })).toEqual({ split_mode: "given", split_column: "intent" });
    expect(splitChoice(dataset, { ...plan, mode: "time" })).toEqual({ test_share: 0.1, split_mode: "time", split_column: "intent" });
    expect(splitFields(dataset, { ...plan, mode: "given" })).toEqual(["split_mode", "split_column"]);
    expect(isWholeSplit(dataset, { ...plan, mode: "time", column: null })).toBe(false);
    expect(splitModes({ roles: [{ role: "messages", kind: "messages", is_optional: false }] })).not.toContain("stratified");
    expect(isDivisible(withFiles("train", "validation", "test"))).toBe(false);
  });

  it("takes from files that were marked for training what has no file", () => {
    const plan = initialSplit(withFiles("train", "test"));
    expect(carved(withFiles("train", "test"), plan)).toEqual(["validation"]);
    expect(carved(withFiles("train"), { ...plan, test: 0 })).toEqual(["validation"]);
    expect(carved(withFiles("auto"), plan), "nobody expects all of it in training").toEqual([]);
    expect(carved(withFiles("train"), { ...plan, mode: "given" })).toEqual([]);
  });
});
