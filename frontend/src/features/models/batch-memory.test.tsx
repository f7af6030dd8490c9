import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";

import { batchRows } from "@/features/models/batch-file.ts";
import { keptBatch, rememberBatch } from "@/features/models/batch-memory.ts";
import { guessMapping, questionOf } from "@/features/models/batch-questions.ts";
import { type Ask, BatchRun } from "@/features/models/batch-run.ts";
import { TryFile } from "@/features/models/try-file.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { useStubIndexedDb } from "@/testing/stub-indexed-db.ts";

const VERSION = fixtures.modelVersion.id;
const KEY = `${fixtures.uuid(1)} ${VERSION}`;
const file = { name: "letters.csv", encoding: "utf-8", ...batchRows("text\none\ntwo\nthree\n") };
const mapping = guessMapping("classification", file.columns);
const answered = (label: string) => ({ kind: "labels" as const, labels: [{ label, score: 0.9 }], num_tokens: 3, is_truncated: false });

/** Answers the first rows before the tab is gone. */
async function begin(numAnswered: number): Promise<void> {
  let left = numAnswered;
  const ask: Ask = () => {
    left -= 1;
    return left < 0 ? Promise.reject(new Error("the tab is gone")) : Promise.resolve({ model_version_id: VERSION, predictions: [answered("refund")], is_cold: false, milliseconds: 1 });
  };
  const run = new BatchRun(file.rows.map((row) => questionOf(row, mapping)), 1, ask, { wait: () => Promise.resolve() });
  await rememberBatch(KEY, { file, mapping }, run);
  await run.start();
}

beforeEach(useStubIndexedDb);

it("shows a file with its answers after a reload, and goes on with the rest of its rows", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/model-versions/{id}/predict", ({ body }) => {
    const { inputs } = body as { inputs: unknown[] };
    return { status: 200, body: { model_version_id: VERSION, predictions: inputs.map(() => answered("complaint")), is_cold: false, milliseconds: 3 } };
  });
  await begin(1);
  renderApp(<TryFile versionId={VERSION} task="classification" />);
  expect(await screen.findByText("letters.csv")).toBeDefined();
  expect(screen.getByText("1 row is done and stays; going on starts with the next one.")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Go on with 2 rows" }));
  expect(await screen.findByText("3 of 3 rows")).toBeDefined();
  expect(stub.requests.find(({ path }) => path.endsWith("/predict"))?.body).toMatchObject({ inputs: [{ text: "two" }, { text: "three" }] });
  expect((await keptBatch(KEY))?.outcomes).toHaveLength(3);
  await userEvent.click(screen.getByRole("button", { name: "Another file" }));
  await userEvent.click(await screen.findByRole("button", { name: "Discard the answers" }));
  expect(await screen.findByText(/Drop/)).toBeDefined();
  expect(await keptBatch(KEY), "what was closed is gone").toBeNull();
});

it("forgets after a week, and finds nothing of anybody else", async () => {
  await begin(3);
  expect((await keptBatch(KEY))?.outcomes[2]).toEqual({ prediction: answered("refund") });
  expect(await keptBatch(`${fixtures.uuid(9)} ${VERSION}`)).toBeNull();
  vi.setSystemTime(Date.now() + 8 * 86_400_000);
  expect(await keptBatch("another")).toBeNull();
  vi.useRealTimers();
  expect(await keptBatch(KEY)).toBeNull();
});
