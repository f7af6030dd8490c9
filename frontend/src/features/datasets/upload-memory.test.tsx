import { afterEach, expect, it } from "vitest";

import { forgetQueue, rememberedQueue, rememberQueue } from "@/features/datasets/upload-memory.ts";
import type { QueuedUpload } from "@/features/datasets/upload-queue.ts";

const item = (more: Partial<QueuedUpload>): QueuedUpload => ({
  id: "a",
  name: "a.csv",
  sizeBytes: 3,
  lastModified: 1,
  head: "digest",
  file: null,
  split: "train",
  state: "uploading",
  sentBytes: 1,
  bytesPerSecond: 5,
  url: "/api/v1/uploads/u1",
  uploadId: null,
  error: null,
  ...more,
});

afterEach(() => {
  forgetQueue();
  sessionStorage.clear();
});

it("knows after a reload what was being sent, and that the file has to come again", () => {
  rememberQueue([item({}), item({ id: "b", state: "paused" }), item({ id: "c", state: "done", uploadId: "u2" }), item({ id: "d", state: "refused" })]);
  const found = rememberedQueue();
  expect(found.map(({ id, state }) => [id, state])).toEqual([
    ["a", "lost"],
    ["b", "lost"],
    ["c", "done"],
  ]);
  expect(found[0]).toMatchObject({ name: "a.csv", head: "digest", url: "/api/v1/uploads/u1", split: "train" });
  expect(found[2]).toMatchObject({ sentBytes: 3, uploadId: "u2" });
});

it("goes on by itself when only another page was looked at", () => {
  const file = new File(["abc"], "a.csv");
  rememberQueue([item({ file }), item({ id: "b", file, state: "paused" })]);
  expect(rememberedQueue().map(({ state, file: kept }) => [state, kept])).toEqual([
    ["waiting", file],
    ["paused", file],
  ]);
});

it("follows what the server fetches", () => {
  rememberQueue([item({ state: "fetching", uploadId: "u3", url: null }), item({ id: "b", state: "failed", uploadId: "u4", error: "no such host" })]);
  expect(rememberedQueue().map(({ state, error }) => [state, error])).toEqual([
    ["fetching", null],
    ["failed", "no such host"],
  ]);
});

it("forgets what belongs to a dataset, and takes nothing from a damaged memory", () => {
  rememberQueue([item({})]);
  forgetQueue();
  expect(rememberedQueue()).toEqual([]);
  for (const text of ["{", "null", '[1, {"id": 5}]']) {
    sessionStorage.setItem("anneal.uploads.", text);
    expect(rememberedQueue()).toEqual([]);
  }
});
