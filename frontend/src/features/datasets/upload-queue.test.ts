import { describe, expect, it } from "vitest";

import { checkFile } from "@/features/datasets/check-file.ts";
import { guessSplit } from "@/features/datasets/guess-split.ts";
import { type ImportNews, isSameFile, type NewUpload, nextToStart, type QueuedUpload, type UploadAction, uploadQueue, uploadsHint } from "@/features/datasets/upload-queue.ts";

const file = (name: string, size = 3) => new File(["x".repeat(size)], name, { lastModified: 1 });
const marked = (name: string, more: Partial<NewUpload> = {}): NewUpload => ({
  id: name,
  name,
  file: file(name),
  sizeBytes: 3,
  lastModified: 1,
  head: "digest",
  split: "auto",
  error: null,
  ...more,
});
const add = (...names: string[]): UploadAction => ({ type: "added", items: names.map((name) => marked(name)) });
const lost = (name: string): QueuedUpload => ({
  ...marked(name),
  file: null,
  state: "lost",
  sentBytes: 2,
  bytesPerSecond: null,
  url: "/api/v1/uploads/u1",
  uploadId: null,
});
const news = (more: Partial<ImportNews>): ImportNews => ({ state: "fetching", filename: "a.csv", sizeBytes: 0, offsetBytes: 0, problem: null, ...more });
const begun: UploadAction = { type: "import_begun", id: "i", uploadId: "u", split: "auto", news: news({}) };
const run = (...actions: UploadAction[]) => actions.reduce<readonly QueuedUpload[]>(uploadQueue, []);
const states = (queue: readonly QueuedUpload[]) => queue.map((item) => item.state);

describe("uploadQueue", () => {
  it("goes from waiting through sending to done", () => {
    const queue = run(add("a.csv"), { type: "started", id: "a.csv" }, { type: "progressed", id: "a.csv", sentBytes: 2, bytesPerSecond: 1 }, { type: "finished", id: "a.csv", uploadId: "u1" });
    expect(queue[0]).toMatchObject({ state: "done", uploadId: "u1", sentBytes: 3 });
    expect(uploadsHint(queue)).toBeNull();
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

  it("says what it waits for, and what only its owner can do", () => {
    const sending = run(add("a.csv", "b.csv"), { type: "started", id: "a.csv" });
    expect(uploadsHint(sending)).toBe("upload.wait");
    expect(uploadsHint(run(add("a.csv"), { type: "paused", id: "a.csv" }))).toBe("upload.wait_paused");
    expect(uploadsHint(run(add("a.csv"), { type: "started", id: "a.csv" }, { type: "failed", id: "a.csv", error: "no" }))).toBe("upload.wait_failed");
    expect(uploadsHint(run({ type: "added", items: [marked("x.pdf", { error: "no" })] }))).toBe("upload.wait_refused");
  });

  it("refuses at once what cannot be read, without holding up the rest", () => {
    const queue = run({ type: "added", items: [marked("x.pdf", { error: "no" })] }, add("a.csv"), { type: "finished", id: "a.csv", uploadId: "u" });
    expect(states(queue)).toEqual(["refused", "done"]);
    expect(uploadsHint(queue)).toBeNull();
    expect(uploadsHint(run())).toBe("upload.none");
  });
});

describe("a queue that was loaded anew", () => {
  const restored: UploadAction = { type: "restored", items: [lost("a.csv")] };

  it("goes on when the same file is chosen", () => {
    const queue = run(restored, { type: "added", items: [marked("a.csv", { id: "new" })] });
    expect(queue).toHaveLength(1);
    expect(queue[0]).toMatchObject({ id: "a.csv", state: "waiting", sentBytes: 2, url: "/api/v1/uploads/u1" });
    expect(queue[0]?.file?.name).toBe("a.csv");
  });

  it.each([{ head: "other" }, { sizeBytes: 4 }, { name: "b.csv" }, { lastModified: 99 }])("takes a file with %j for another one", (difference) => {
    const queue = run(restored, { type: "added", items: [marked("a.csv", { id: "new", ...difference })] });
    expect(states(queue)).toEqual(["lost", "waiting"]);
  });

  it("does without digests where there are none", () => {
    const [a, b] = [marked("a.csv", { head: null }), marked("a.csv", { head: null, lastModified: 2 })];
    expect([isSameFile(a, a), isSameFile(a, b)]).toEqual([true, false]);
  });

  it("hears from the server how much is kept, and that a finished file is gone", () => {
    expect(run(restored, { type: "offset_heard", id: "a.csv", sentBytes: 1 })[0]?.sentBytes).toBe(1);
    const done = run(add("a.csv"), { type: "finished", id: "a.csv", uploadId: "u" }, { type: "offset_heard", id: "a.csv", sentBytes: 3 });
    expect(states(done)).toEqual(["done"]);
    expect(uploadQueue(done, { type: "offset_heard", id: "a.csv", sentBytes: 0 })).toEqual([]);
  });

  it("holds up the dataset until it is complete", () => {
    expect(uploadsHint(run(restored))).toBe("upload.wait_failed");
  });

  it("waits when the line is lost, and stays paused when it was", () => {
    const sending = run(add("a.csv"), { type: "started", id: "a.csv" });
    expect(states(uploadQueue(sending, { type: "line_lost", id: "a.csv" }))).toEqual(["waiting"]);
    const paused = uploadQueue(sending, { type: "paused", id: "a.csv" });
    expect(states(uploadQueue(paused, { type: "line_lost", id: "a.csv" }))).toEqual(["paused"]);
  });
});

describe("an import", () => {
  it("is followed to its end", () => {
    const half = run(begun, { type: "import_heard", id: "i", news: news({ sizeBytes: 10, offsetBytes: 5 }), bytesPerSecond: 5 });
    expect(half[0]).toMatchObject({ state: "fetching", sizeBytes: 10, sentBytes: 5, bytesPerSecond: 5 });
    const end = uploadQueue(half, { type: "import_heard", id: "i", news: news({ state: "received", sizeBytes: 10, offsetBytes: 10 }), bytesPerSecond: null });
    expect(end[0]).toMatchObject({ state: "done", uploadId: "u" });
    expect(uploadsHint(end)).toBeNull();
  });

  it("says why it failed", () => {
    const queue = run(begun, { type: "import_heard", id: "i", news: news({ state: "failed", problem: "no such host" }), bytesPerSecond: null });
    expect(queue[0]).toMatchObject({ state: "failed", error: "no such host" });
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
