import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { excerpt, markedText } from "@/lib/marked-text.ts";
import { ModelResult } from "@/features/models/model-result.tsx";
import { predictExample, pythonExample } from "@/features/models/predict-example.ts";
import { TryIt } from "@/features/models/try-it.tsx";
import type { Prediction } from "@/lib/api-types.ts";
import { TASKS } from "@/lib/tasks.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const VERSION = fixtures.modelVersion.id;
const ASKED = { id: VERSION, name: "Questions v1" };

function useAnswer(prediction: Prediction) {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/model-versions/{id}/predict", () => ({
    status: 200,
    body: { model_version_id: VERSION, predictions: [prediction], is_cold: false, milliseconds: 3 },
  }));
  return stub;
}

const counted = { num_tokens: 9, is_truncated: false };

it("asks about a pair with two texts", async () => {
  const stub = useAnswer({ kind: "number", value: 3.4167, ...counted });
  renderApp(<TryIt version={ASKED} task="pair_regression" sample={{ text_a: "one", text_b: "two" }} />);
  await userEvent.type(screen.getByRole("textbox", { name: "First text" }), "alone");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Predict" }).disabled).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: "Use a held-out example" }));
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  expect((await screen.findByLabelText("Predicted number")).textContent).toBe("3.42");
  expect(stub.requests[0]?.body).toMatchObject({ inputs: [{ text_a: "one", text_b: "two" }] });
});

it("tells what the held-out row itself says, after the model has answered it and for that row alone", async () => {
  useAnswer({ kind: "number", value: 3.4167, ...counted });
  renderApp(<TryIt version={ASKED} task="pair_regression" sample={{ text_a: "one", text_b: "two" }} truth="4.2" />);
  await userEvent.click(await screen.findByRole("button", { name: "Use a held-out example" }));
  expect(screen.queryByText(/^In the held-out row/)).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  expect(await screen.findByText("In the held-out row: 4.2")).toBeDefined();
  await userEvent.type(screen.getByRole("textbox", { name: "First text" }), " more");
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  await waitFor(() => expect(screen.queryByText(/^In the held-out row/)).toBeNull());
});

it("says which labels are given, and that none is", async () => {
  const labels = [
    { label: "service", score: 0.81, is_given: true },
    { label: "price", score: 0.2, is_given: false },
  ];
  useAnswer({ kind: "label_set", labels, threshold: 0.4, ...counted });
  const shown = renderApp(<TryIt version={ASKED} task="multi_label" sample={null} />);
  await userEvent.type(screen.getByRole("textbox", { name: "Text" }), "slow staff");
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  expect((await screen.findByRole("list", { name: "Labels given" })).textContent).toBe("service");
  expect(within(screen.getByRole("list", { name: "Every label" })).getAllByRole("listitem")).toHaveLength(2);
  shown.unmount();
  useAnswer({ kind: "label_set", labels: labels.slice(1), threshold: 0.4, ...counted });
  renderApp(<TryIt version={ASKED} task="multi_label" sample={null} />);
  await userEvent.type(screen.getByRole("textbox", { name: "Text" }), "nothing");
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  expect(await screen.findByText("No label reaches the threshold.")).toBeDefined();
});

it("marks spans in their place", async () => {
  const spans = [{ type: "PER", start: 2, end: 6, text: "Anna", score: 0.97 }];
  const stub = useAnswer({ kind: "spans", spans, ...counted });
  renderApp(<TryIt version={ASKED} task="token_classification" sample={{ text: "😀 Anna left" }} />);
  await userEvent.click(screen.getByRole("button", { name: "Use a held-out example" }));
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  const marked = await screen.findByRole("group", { name: "What was found in the text" });
  expect(marked.querySelector("mark")?.textContent).toBe("AnnaPER");
  expect(marked.textContent).toBe("😀 AnnaPER left");
  await waitFor(() => expect(stub.requests).toHaveLength(1));
});

const PASSAGE = { start: 2, end: 10, text: "on its w", score: 0.83 };

async function ask(task: string, sample: Record<string, string>) {
  renderApp(<TryIt version={ASKED} task={task} sample={sample} />);
  await userEvent.click(screen.getByRole("button", { name: "Use a held-out example" }));
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
}

it("marks an answer in its context, which may be long", async () => {
  const context = `${"x".repeat(500)}😀 on its way${"y".repeat(500)}`;
  const passage = { start: 502, end: 512, text: "on its way", score: 0.83 };
  const stub = useAnswer({ kind: "answer", passage, is_answer: true, num_windows: 3, ...counted });
  await ask("question_answering", { question: "where is it", context });
  const marked = await screen.findByRole("group", { name: "The answer in its text" });
  expect(marked.querySelector("mark")?.textContent).toBe("on its way");
  expect(marked.textContent).toMatch(/^…x+😀 on its wayy+…$/u);
  expect(screen.getByRole("group", { name: "Answer" }).textContent).toBe("on its way");
  expect(screen.getByText(/Probability of the passage: 83.0%. The text was read in 3 overlapping parts./)).toBeDefined();
  expect(stub.requests[0]?.body).toMatchObject({ inputs: [{ question: "where is it", context }] });
});

it("says that there rather is no answer, and shows the best passage all the same", async () => {
  useAnswer({ kind: "answer", passage: PASSAGE, is_answer: false, num_windows: 1, ...counted });
  await ask("question_answering", { question: "why", context: "a on its way" });
  expect(await screen.findByText(/holds no answer/)).toBeDefined();
  expect(screen.queryByRole("group", { name: "Answer" })).toBeNull();
  expect(screen.getByRole("group", { name: "The answer in its text" }).querySelector("mark")?.textContent).toBe("on its w");
});

it("says that a context holds nothing to read", async () => {
  useAnswer({ kind: "answer", passage: null, is_answer: false, num_windows: 1, num_tokens: 9, is_truncated: true });
  await ask("question_answering", { question: "why", context: "\u{200b}a" });
  expect(await screen.findByText("The text holds nothing that the model can read.")).toBeDefined();
  expect(screen.getByText("The question is longer than the model reads; its end was not seen.")).toBeDefined();
});

it("ranks candidates that stand on lines of their own", async () => {
  const candidates = [
    { index: 1, score: 0.9 },
    { index: 0, score: -0.2 },
  ];
  const stub = useAnswer({ kind: "ranking", candidates, threshold: 0.5, ...counted });
  renderApp(<TryIt version={ASKED} task="ranking" sample={null} />);
  await userEvent.type(screen.getByRole("textbox", { name: "Query" }), "parcel");
  await userEvent.type(screen.getByRole("textbox", { name: "Candidates" }), "pay a bill\n\n  track it  \n");
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  const items = within(await screen.findByRole("list", { name: "Candidates, the best first" })).getAllByRole("listitem");
  expect(items.map((item) => item.textContent)).toEqual(["track it0.9", "pay a bill-0.2"]);
  expect(screen.getByText("From 0.5 on, two texts belong together: 1 candidate.")).toBeDefined();
  expect(stub.requests[0]?.body).toMatchObject({ inputs: [{ query: "parcel", candidates: ["pay a bill", "track it"] }] });
});

it("does not send more candidates than the server takes", async () => {
  useAnswer({ kind: "ranking", candidates: [], threshold: null, ...counted });
  renderApp(<TryIt version={ASKED} task="ranking" sample={{ query: "a", candidates: Array(101).fill("b").join("\n") }} />);
  await userEvent.click(screen.getByRole("button", { name: "Use a held-out example" }));
  expect(screen.getByText("At most 100 candidates.")).toBeDefined();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Predict" }).disabled).toBe(true);
});

it("folds the numbers of a vector", async () => {
  useAnswer({ kind: "vector", vector: Array<number>(384).fill(0.05103), ...counted });
  await ask("embedding", { text: "where is it" });
  expect(await screen.findByText("384 numbers")).toBeDefined();
  expect(screen.getByRole("group", { name: "The vector" }).textContent).toContain("0.0510, 0.0510");
  expect(screen.getByRole("button", { expanded: false, name: "Show the whole text" })).toBeDefined();
});

it("shows the likeliest words of each mask", async () => {
  const masks = [
    [{ word: "card", score: 0.7 }, { word: "card", score: 0.1 }],
    [{ word: "lost", score: 0.5 }],
  ];
  useAnswer({ kind: "hidden_words", masks, ...counted });
  await ask("masked_lm", { text: "my [MASK] is [MASK]" });
  expect(within(await screen.findByRole("list", { name: "Likeliest words, mask 1" })).getAllByRole("listitem")).toHaveLength(2);
  expect(screen.getByRole("list", { name: "Likeliest words, mask 2" }).textContent).toBe("lost50.0%");
});

it.each([
  ["end", "2 tokens written; the model ended here."],
  ["max_new_tokens", "Cut after 2 tokens."],
  ["time", "Stopped after 2 tokens, when the time was over."],
] as const)("shows what a model writes, and why it ends: %s", async (finished_by, words) => {
  const stub = useAnswer({ kind: "text", text: "on its way", num_new_tokens: 2, finished_by, ...counted });
  await ask("chat", { prompt: "where is it" });
  expect((await screen.findByRole("group", { name: "What the model writes" })).textContent).toBe("on its way");
  expect(screen.getByText(words)).toBeDefined();
  expect(stub.requests[0]?.body).toMatchObject({ inputs: [{ prompt: "where is it" }] });
});

it("says that a model writes nothing", async () => {
  useAnswer({ kind: "text", text: " ", num_new_tokens: 0, finished_by: "end", ...counted });
  await ask("causal_lm", { prompt: "where is it" });
  expect(await screen.findByText("The model writes nothing more.")).toBeDefined();
});

it("has no form for a version that is an adapter, and says why", async () => {
  const stub = useStubServer();
  const adapter = { ...fixtures.modelVersion, artifacts: fixtures.modelVersion.artifacts.map((artifact) => ({ ...artifact, kind: "adapter" as const })) };
  stub.on("GET", "/api/v1/model-versions/{id}", () => ({ status: 200, body: adapter }));
  renderApp(<ModelResult versionId={VERSION} task="classification" sample={null} />);
  const download = await screen.findByRole("region", { name: "Download" });
  expect(within(download).getByText("Download it; it is not asked here")).toBeDefined();
  expect(within(download).getByRole("link", { name: "Open the model" })).toBeDefined();
  expect(screen.queryByRole("region", { name: "Try it" })).toBeNull();
  expect(screen.queryByRole("link", { name: "Ask with a file or beside another model" })).toBeNull();
  expect(screen.getByRole("button", { name: /Download/ })).toBeDefined();
});

describe("excerpt", () => {
  it("leaves short texts as they are", () => {
    expect(excerpt("a b c", { start: 2, end: 3 })).toEqual({ text: "a b c", start: 2, end: 3 });
  });
});

describe("markedText", () => {
  it("counts characters as the server does", () => {
    const span = { type: "X", start: 1, end: 3, text: "ab", score: 1 };
    expect(markedText("😀ab😀", [span]).map((part) => part.text)).toEqual(["😀", "ab", "😀"]);
    expect(markedText("ab", [])).toEqual([{ text: "ab", span: null }]);
    expect(markedText("", [])).toEqual([]);
  });
});

describe("predictExample", () => {
  it("asks in the way of the task", () => {
    expect(predictExample("http://x", "v", "regression")).toContain(`-d '{"texts":["Where is my parcel?"]}'`);
    expect(predictExample("http://x", "v", "pair_classification")).toMatch(/"text_a": "Where is my parcel\?",\s+"text_b":/);
    expect(predictExample("http://x", "v", "ranking")).toContain(`"candidates": [`);
    expect(predictExample("http://x", "v", "chat")).toMatch(/"messages":\s*\[\s*\{\s*"role":\s*"user"/);
  });

  it("never breaks out of its quotes", () => {
    for (const task of TASKS) expect(predictExample("http://x", "v", task).split("'")).toHaveLength(5);
  });
});

describe("pythonExample", () => {
  it("asks in the way of the task, and compares vectors", () => {
    expect(pythonExample("http://x", "v", "question_answering")).toMatch(/"inputs": \[\s*\{\s*"question":/);
    expect(pythonExample("http://x", "v", "embedding")).toContain("cosine");
  });
});
