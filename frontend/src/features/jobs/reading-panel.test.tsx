import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { EstimateLine } from "@/features/jobs/estimate-line.tsx";
import { NewJobPage } from "@/features/jobs/new-job-page.tsx";
import { ReadingPanel } from "@/features/jobs/reading-panel.tsx";
import { kindOf } from "@/features/jobs/token-line.tsx";
import type { JobCreate } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import * as readings from "@/testing/reading-fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubAnswer } from "@/testing/stub-api.ts";

const SEE = "See what the model will read";

const BODY: JobCreate = { dataset_version_id: fixtures.version.id, base_model: "minilm-l6-v2", method: { type: "full" } };

function show(body: JobCreate | null = BODY, isAllowed = true) {
  return renderApp(<ReadingPanel body={body} isAllowed={isAllowed} />, { path: "/jobs/new", at: "/jobs/new" });
}

function answered(status: number, body: unknown): () => StubAnswer {
  return () => ({ status, body });
}

it("waits for what is being read, then shows it token by token with counts of the whole split", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/preview", answered(202, readings.waitingPreview));
  let looks = 0;
  stub.on("GET", "/api/v1/jobs/previews/{id}", () => ({ status: 200, body: looks++ === 0 ? readings.waitingPreview : readings.donePreview }));
  show();
  await userEvent.click(await screen.findByRole("button", { name: SEE }));
  expect(await screen.findByText("The rows are being read; this takes some seconds.")).toBeDefined();
  expect(await screen.findByText("42.5%", undefined, { timeout: 5000 })).toBeDefined();
  expect(screen.getByText("7 of 200")).toBeDefined();
  expect(screen.getByText("21 tokens do not fit and are never read. Raise the greatest length, or shorten the texts.")).toBeDefined();
  const first = screen.getByText("Row 1").closest("li");
  if (first === null) throw new Error("there is no first row");
  const learnt = [...first.querySelectorAll("mark")].map((mark) => mark.textContent);
  expect(learnt).toEqual([" On", " its way", "</s>"]);
  expect(within(first).getByText("✂ 3 tokens cut off")).toBeDefined();
  expect(stub.requests.find((request) => request.path === "/api/v1/jobs/preview")?.body).toMatchObject({ base_model: "minilm-l6-v2" });
});

it("has an estimate made anew with the tokens that were counted", async () => {
  const stub = useStubServer();
  let isCounted = false;
  stub.on("POST", "/api/v1/jobs/estimate", () => ({ status: 200, body: { ...readings.estimate, tokens_from: isCounted ? "preview" : "statistics" } }));
  stub.on("POST", "/api/v1/jobs/preview", () => {
    isCounted = true;
    return { status: 200, body: readings.donePreview };
  });
  renderApp(
    <>
      <ReadingPanel body={BODY} isAllowed />
      <EstimateLine body={BODY} isAllowed />
    </>,
    { path: "/jobs/new", at: "/jobs/new" },
  );
  expect(await screen.findByText(/Tokens are guessed/)).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: SEE }));
  expect(await screen.findByText(/Tokens are counted/)).toBeDefined();
});

it("opens rows and details with the keyboard", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/preview", answered(200, readings.donePreview));
  show();
  (await screen.findByRole("button", { name: SEE })).focus();
  await userEvent.keyboard("{Enter}");
  const toggle = await screen.findByRole("switch", { name: "Show ids, and what is to be said there" });
  expect(screen.queryByText("30→ On")).toBeNull();
  toggle.focus();
  await userEvent.keyboard(" ");
  expect(screen.getAllByText("30→ On")).toHaveLength(2);
  const second = screen.getByText("Row 2 · learns: true");
  expect(second.tagName).toBe("SUMMARY");
});

it("says why a job would fail", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/preview", answered(200, readings.failedPreview));
  show();
  await userEvent.click(await screen.findByRole("button", { name: SEE }));
  expect((await screen.findByRole("alert")).textContent).toContain("Nothing in the data carries loss.");
});

it("shows a refusal, and that settings have changed since", async () => {
  const stub = useStubServer();
  renderApp(<NewJobPage />, { path: "/jobs/new", at: "/jobs/new" });
  expect(await screen.findByText(/It costs nothing\./)).toBeDefined();
  stub.on("POST", "/api/v1/jobs/preview", () => problem(409, "preview.too_many_waiting", "There are already 10 previews waiting."));
  await userEvent.click(screen.getByRole("button", { name: SEE }));
  expect((await screen.findByRole("alert")).textContent).toContain("There are already 10 previews waiting.");
  stub.on("POST", "/api/v1/jobs/preview", answered(200, readings.donePreview));
  await userEvent.click(screen.getByRole("button", { name: SEE }));
  await screen.findByText("42.5%");
  await userEvent.type(screen.getByLabelText("Name (optional)"), "x");
  expect(screen.queryByText(/The settings have changed since/)).toBeNull();
  await userEvent.click(screen.getByRole("radio", { name: "LoRA" }));
  await waitFor(() => expect(screen.getByText(/The settings have changed since/)).toBeDefined());
});

it("lets a viewer not ask", async () => {
  useStubServer();
  show(BODY, false);
  expect((await screen.findByRole("button", { name: SEE })).hasAttribute("disabled")).toBe(true);
});

it("calls a special token that is learnt learnt", () => {
  const sequence = readings.reading.rows[0]?.sequences[0];
  if (sequence === undefined) throw new Error("there is no sequence");
  expect(sequence.ids.map((_, place) => kindOf(sequence, place))).toEqual(["special", "context", "trained", "trained", "trained"]);
});
