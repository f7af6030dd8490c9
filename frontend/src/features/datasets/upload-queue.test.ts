import { describe, expect, it } from "vitest";

import { checkFile } from "@/features/datasets/check-file.ts";
import { guessSplit } from "@/features/datasets/guess-split.ts";
import { isComplete, nextToStart, type QueuedUpload, type UploadAction, uploadQueue } from "@/features/datasets/upload-queue.ts";

const file = (name: string, size = 3) => new File(["x".repeat(size)], name, { lastModified: 1 });
const add = (...names: string[]): UploadAction => ({
  type: "added",
  items: names.map((name) => ({ id: name, file: file(name), split: "auto", error: null })),
});
const run = (...actions: UploadAction[]) => actions.reduce<readonly QueuedUpload[]>(uploadQueue, []);
const states = (queue: readonly QueuedUpload[]) => queue.map((item) => item.state);

describe("uploadQueue", () => {
  it("goes from waiting through sending to done", () => {
    const queue = run(add("a.csv"), { type: "started", id: "a.csv" }, { type: "progressed", id: "a.csv", sentBytes: 2, bytesPerSecond: 1 }, { type: "finished", id: "a.csv", uploadId: "u1" });
    expect(queue[0]).toMatchObject({ state: "done", uploadId: "u1", sentBytes: 3 });
    expect(isComplete(queue)).toBe(true);
  });

  it("does not take the same file twice", () => {
    expect(run(add("a.csv"), add("a.csv", "b.csv"))).toHaveLength(2);
  });

  it("keeps what was sent through a pause, and late news does not end the pause", () => {
    const queue = run(
      add("a.csv"),
      { type: "started", id: "a.csv" },
      { type: "progressed", id: "a.csv", sentBytes: 2, bytesPerSecond: 9 },
      { type: "paused", id: "a.csv" },
      { type: "progressed", id: "a.csv", sentBytes: 3, bytesPerSecond: 9 },
      { type: "failed", id: "a.csv", error: "late" },
    );
    expect(queue[0]).toMatchObject({ state: "paused", sentBytes: 2, bytesPerSecond: null, error: null });
  });

  it("forgets the error when it is tried again", () => {
    const queue = run(add("a.csv"), { type: "started", id: "a.csv" }, { type: "failed", id: "a.csv", error: "broken" }, { type: "queued_again", id: "a.csv" });
    expect(queue[0]).toMatchObject({ state: "waiting", error: null });
  });

  it("starts no more than allowed, in order", () => {
    const queue = run(add("a.csv", "b.csv", "c.csv"), { type: "started", id: "a.csv" });
    expect(nextToStart(queue, 2).map((item) => item.id)).toEqual(["b.csv"]);
    expect(nextToStart(queue, 1)).toEqual([]);
  });

  it("refuses at once what cannot be read, without holding up the rest", () => {
    const queue = run({ type: "added", items: [{ id: "x", file: file("x.pdf"), split: "auto", error: "no" }] }, add("a.csv"), { type: "finished", id: "a.csv", uploadId: "u" });
    expect(states(queue)).toEqual(["refused", "done"]);
    expect(isComplete(queue)).toBe(true);
    expect(isComplete(run())).toBe(false);
  });
});

describe("guessSplit", () => {
  it.each([
    ["train.csv", "train"],
    ["reviews_training_v2.jsonl", "train"],
    ["valid.tsv", "validation"],
    ["my-dev-set.csv", "validation"],
    ["TEST.parquet", "test"],
    ["restaurants.csv", "auto"],
    ["latest.csv", "auto"],
    ["values.csv", "auto"],
  ])("%s is %s", (name, split) => {
    expect(guessSplit(name)).toBe(split);
  });
});

describe("checkFile", () => {
  it("names the trouble before anything is sent", () => {
    expect(checkFile({ name: "a.csv", size: 0 })).toBe("upload.error_empty");
    expect(checkFile({ name: "a.pdf", size: 9 })).toBe("upload.error_format");
    for (const name of ["a.xlsx", "a.json", "a.csv.gz", "data.zip", "ner.conll"]) expect(checkFile({ name, size: 9 })).toBeNull();
    expect(checkFile({ name: "A.JSONL", size: 9 })).toBeNull();
  });
});
