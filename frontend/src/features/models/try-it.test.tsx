import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { markedText } from "@/features/models/marked-text.ts";
import { predictExample } from "@/features/models/predict-example.ts";
import { TryIt } from "@/features/models/try-it.tsx";
import type { Prediction } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const VERSION = fixtures.modelVersion.id;

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
  renderApp(<TryIt versionId={VERSION} task="pair_regression" sample={{ text_a: "one", text_b: "two" }} />);
  await userEvent.type(screen.getByRole("textbox", { name: "First text" }), "alone");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Predict" }).disabled).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: "Use a held-out example" }));
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  expect((await screen.findByLabelText("Predicted number")).textContent).toBe("3.42");
  expect(stub.requests[0]?.body).toMatchObject({ inputs: [{ text_a: "one", text_b: "two" }] });
});

it("says which labels are given, and that none is", async () => {
  const labels = [
    { label: "service", score: 0.81, is_given: true },
    { label: "price", score: 0.2, is_given: false },
  ];
  useAnswer({ kind: "label_set", labels, threshold: 0.4, ...counted });
  const shown = renderApp(<TryIt versionId={VERSION} task="multi_label" sample={null} />);
  await userEvent.type(screen.getByRole("textbox", { name: "Text" }), "slow staff");
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  expect((await screen.findByRole("list", { name: "Labels given" })).textContent).toBe("service");
  expect(within(screen.getByRole("list", { name: "Every label" })).getAllByRole("listitem")).toHaveLength(2);
  shown.unmount();
  useAnswer({ kind: "label_set", labels: labels.slice(1), threshold: 0.4, ...counted });
  renderApp(<TryIt versionId={VERSION} task="multi_label" sample={null} />);
  await userEvent.type(screen.getByRole("textbox", { name: "Text" }), "nothing");
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  expect(await screen.findByText("No label reaches the threshold.")).toBeDefined();
});

it("marks spans in their place", async () => {
  const spans = [{ type: "PER", start: 2, end: 6, text: "Anna", score: 0.97 }];
  const stub = useAnswer({ kind: "spans", spans, ...counted });
  renderApp(<TryIt versionId={VERSION} task="token_classification" sample={{ text: "😀 Anna left" }} />);
  await userEvent.click(screen.getByRole("button", { name: "Use a held-out example" }));
  await userEvent.click(screen.getByRole("button", { name: "Predict" }));
  const marked = await screen.findByRole("group", { name: "What was found in the text" });
  expect(marked.querySelector("mark")?.textContent).toBe("AnnaPER");
  expect(marked.textContent).toBe("😀 AnnaPER left");
  await waitFor(() => expect(stub.requests).toHaveLength(1));
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
    expect(predictExample("http://x", "v", "pair_classification")).toContain(`"inputs":[{"text_a":"Where is my parcel?","text_b":`);
  });
});
