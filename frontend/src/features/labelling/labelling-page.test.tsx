import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { LabelResultsPage } from "@/features/labelling/label-results-page.tsx";
import { LabelSessionsPage } from "@/features/labelling/label-sessions-page.tsx";
import { LabellingPage } from "@/features/labelling/labelling-page.tsx";
import type { LabelHandedRow, LabelSession } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { handedRow, labelProgress, labelSession, QUESTION, TALK, textRows } from "@/testing/labelling-fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const ROW = `/api/v1/label-sessions/{id}/annotations/(\\d+)`;

/** A server that hands out what was not answered, as the real one does. */
function useServer(rows: readonly LabelHandedRow[], session: Partial<LabelSession> = {}) {
  const stub = useStubServer();
  const said = new Map<number, unknown>();
  const rowOf = (path: string) => Number(path.split("/").at(-1));
  stub.on("GET", "/api/v1/label-sessions/{id}", () => ({ status: 200, body: { ...labelSession, ...session } }));
  stub.on("GET", "/api/v1/label-sessions/{id}/next", () => {
    const data = rows.filter((row) => !said.has(row.row.id));
    return { status: 200, body: { data, num_left: data.length, seconds: 600 } };
  });
  stub.on("PUT", ROW, ({ path, body }) => {
    said.set(rowOf(path), body);
    return { status: 200, body: {} };
  });
  stub.on("DELETE", ROW, ({ path }) => {
    said.delete(rowOf(path));
    return { status: 204 };
  });
  renderApp(<LabellingPage />, { path: "/labelling/:sessionId", at: `/labelling/${labelSession.id}` });
  return { stub, said };
}

function valuesOf(stub: StubApi): unknown[] {
  return stub.requests.filter((one) => one.method === "PUT").map((one) => (one.body as { value?: unknown }).value);
}

it("labels with number keys, skips, and takes back the last answer", async () => {
  const user = userEvent.setup();
  const { stub, said } = useServer(textRows);
  expect(await screen.findByText("Where is my parcel?")).toBeDefined();
  await user.keyboard("2");
  expect(await screen.findByText("I want my money back.")).toBeDefined();
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { label: "delay" } }));
  await user.keyboard("z");
  expect(await screen.findByText("Where is my parcel?")).toBeDefined();
  await waitFor(() => expect(said.has(1)).toBe(false));
  expect(screen.getByRole("button", { name: /delay/ }).getAttribute("aria-pressed")).toBe("true");
  await user.keyboard("{Enter}");
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { label: "delay" } }));
  await user.keyboard("s");
  expect(await screen.findByText("Lovely service.")).toBeDefined();
  await waitFor(() => expect(said.get(2)).toMatchObject({ is_skipped: true }));
  await user.keyboard("3");
  expect(await screen.findByRole("heading", { name: "All done" })).toBeDefined();
  expect(valuesOf(stub)).toEqual([{ label: "delay" }, { label: "delay" }, undefined, { label: "praise" }]);
  expect(screen.getByRole("status").textContent).toBe("All saved");
});

it("says that answers wait when the server is away, and sends them when it is back", async () => {
  const user = userEvent.setup();
  const { stub, said } = useServer(textRows);
  await screen.findByText("Where is my parcel?");
  let isAway = true;
  stub.on("PUT", ROW, ({ path, body }) => {
    if (isAway) return problem(503, "server.unavailable", "Not just now.");
    said.set(Number(path.split("/").at(-1)), body);
    return { status: 200, body: {} };
  });
  await user.keyboard("1");
  expect(await screen.findByText("I want my money back.")).toBeDefined();
  expect(await screen.findByText(/1 answer is kept in this browser/)).toBeDefined();
  await user.keyboard("2");
  expect(await screen.findByText(/2 answers are kept/)).toBeDefined();
  isAway = false;
  window.dispatchEvent(new Event("online"));
  await waitFor(() => expect([...said.keys()]).toEqual([1, 2]));
  expect(await screen.findByText("All saved")).toBeDefined();
});

it("shows a row again that the server refused, with its words", async () => {
  const user = userEvent.setup();
  const { stub } = useServer(textRows);
  await screen.findByText("Where is my parcel?");
  stub.on("PUT", ROW, () => problem(400, "labelling.unknown_label", "That is no label of this session."));
  await user.keyboard("1");
  expect((await screen.findByRole("alert")).textContent).toContain("That is no label of this session.");
  expect(screen.getByText("Where is my parcel?")).toBeDefined();
});

it("keeps a written answer that the server refused before whoever wrote it, and says that it is not saved", async () => {
  const user = userEvent.setup();
  const { stub, said } = useServer([handedRow(1, { source: "Danke" })], { form: "target", task: "translation", labels: [] });
  stub.on("PUT", ROW, () => problem(409, "labelling.closed", "The session is closed."));
  await user.type(await screen.findByRole("textbox", { name: "Target" }), "Thank you{Control>}{Enter}{/Control}");
  expect((await screen.findByRole("alert")).textContent).toContain("The session is closed.");
  expect(screen.getByRole("textbox", { name: "Target" })).toHaveProperty("value", "Thank you");
  expect(screen.getByRole("status").textContent).toBe("1 answer was refused and is kept in this browser alone");
  stub.on("PUT", ROW, ({ body }) => {
    said.set(1, body);
    return { status: 200, body: {} };
  });
  await user.click(screen.getByRole("button", { name: /Go on/ }));
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { target: "Thank you" } }));
  expect(await screen.findByText("All saved")).toBeDefined();
});

it("finds one of many labels by its letters", async () => {
  const user = userEvent.setup();
  const labels = Array.from({ length: 20 }, (_, index) => `intent ${index}`);
  const { said } = useServer(textRows, { labels: [...labels, "card lost"] });
  await screen.findByText("Where is my parcel?");
  await user.keyboard("card");
  expect(screen.getAllByRole("button", { name: /card lost/ })).toHaveLength(1);
  expect(screen.queryByRole("button", { name: /intent/ })).toBeNull();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { label: "card lost" } }));
});

it("puts several labels on a row, and none is an answer too", async () => {
  const user = userEvent.setup();
  const { said } = useServer(textRows, { form: "labels", task: "multi_label" });
  await screen.findByText("Where is my parcel?");
  await user.keyboard("1231{Enter}");
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { labels: ["delay", "praise"] } }));
  await user.keyboard("{Enter}");
  await waitFor(() => expect(said.get(2)).toMatchObject({ value: { labels: [] } }));
});

it("marks words with the arrows and a number, and takes a mark off", async () => {
  const user = userEvent.setup();
  const tokens = ["Ada", "Lovelace", "met", "Acme"];
  const { said } = useServer([handedRow(1, { tokens })], { form: "spans", task: "token_classification", labels: ["PER", "ORG"] });
  await screen.findByRole("button", { name: "Ada" });
  await user.keyboard("{Shift>}{ArrowRight}{/Shift}1");
  expect(await screen.findByRole("button", { name: "Lovelace, PER" })).toBeDefined();
  await user.keyboard("{ArrowRight}{ArrowRight}2{ArrowLeft}1");
  expect(await screen.findByRole("button", { name: "met, PER" })).toBeDefined();
  await user.keyboard("{Backspace}{Enter}");
  const spans = [
    { type: "PER", start: 0, end: 2 },
    { type: "ORG", start: 3, end: 4 },
  ];
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { spans } }));
});

it("points at the better answer with an arrow", async () => {
  const user = userEvent.setup();
  const cells = { prompt: JSON.stringify([{ role: "user", content: "Any news?" }]), left: "No.", right: "Yes, tomorrow." };
  const { said } = useServer([handedRow(1, cells)], { form: "preferred", task: "preference", labels: [] });
  expect(await screen.findByText("Any news?")).toBeDefined();
  await user.keyboard("{ArrowRight}");
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { preferred: "right" } }));
});

it("takes a text that is written, or the present one corrected, and letters are no keys meanwhile", async () => {
  const user = userEvent.setup();
  const rows = [{ ...handedRow(1, { source: "Wo ist mein Paket?" }), present: { target: "Where is my packet?" } }, handedRow(2, { source: "Danke" })];
  const { said } = useServer(rows, { form: "target", task: "translation", labels: [] });
  const field = await screen.findByRole("textbox", { name: "Target" });
  expect(field).toHaveProperty("value", "Where is my packet?");
  expect(document.activeElement).toBe(field);
  await user.keyboard("{Backspace}, Suzie?{Control>}{Enter}{/Control}");
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { target: "Where is my packet, Suzie?" } }));
  expect(await screen.findByText("Danke")).toBeDefined();
  expect(screen.getByRole("textbox", { name: "Target" })).toHaveProperty("value", "");
  await user.keyboard(" {Control>}{Enter}{/Control}");
  expect(said.has(2)).toBe(false);
  await user.keyboard("{Escape}z");
  expect(await screen.findByText("Wo ist mein Paket?")).toBeDefined();
});

it("takes words of the text as answers by keyboard alone, at the places that the server counts", async () => {
  const user = userEvent.setup();
  const { said } = useServer([handedRow(1, QUESTION), handedRow(2, QUESTION), handedRow(3, QUESTION)], { form: "answers", task: "question_answering", labels: [] });
  expect(await screen.findByText("When did it leave?")).toBeDefined();
  await user.keyboard("{Enter}");
  expect(said.has(1)).toBe(false);
  await user.keyboard("{ArrowRight>4/}{Shift>}{ArrowRight}{/Shift}a");
  expect(await screen.findByRole("button", { name: "Monday, answer" })).toBeDefined();
  await user.keyboard("{ArrowLeft>2/}a{Enter}");
  const answers = [
    { text: "Köln", start: 14 },
    { text: "on Monday", start: 19 },
  ];
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { answers } }));
  await user.keyboard("a{Backspace}{Enter}");
  expect(said.has(2)).toBe(false);
  await user.keyboard("n");
  await waitFor(() => expect(said.get(2)).toMatchObject({ value: { answers: [] } }));
  await user.keyboard("l{ArrowLeft}a{Enter}");
  await waitFor(() => expect(said.get(3)).toMatchObject({ value: { answers: [{ text: "e", start: 4 }] } }));
});

it("takes words with the mouse and removes an answer with its button", async () => {
  const user = userEvent.setup();
  const present = { answers: [{ text: "Mon", start: 22 }] };
  const { said } = useServer([{ ...handedRow(1, QUESTION), present }], { form: "answers", task: "question_answering", labels: [] });
  expect(await screen.findByRole("button", { name: "Mon, answer" })).toBeDefined();
  await user.pointer([
    { keys: "[MouseLeft>]", target: screen.getByRole("button", { name: "left" }) },
    { target: screen.getByRole("button", { name: "Köln" }) },
    { keys: "[/MouseLeft]" },
  ]);
  await user.click(screen.getByRole("button", { name: "Take “left Köln”" }));
  await user.click(screen.getByRole("button", { name: "Remove the answer Mon" }));
  await user.keyboard("{Enter}");
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { answers: [{ text: "left Köln", start: 9 }] } }));
});

it("reviews conversations with the keyboard: kept, corrected with the original in sight, put back, and taken out", async () => {
  const user = userEvent.setup();
  const rows = [1, 2, 3].map((id) => handedRow(id, TALK));
  const { said } = useServer(rows, { form: "review", task: "chat", labels: [] });
  expect(await screen.findByText("Where is it?")).toBeDefined();
  await user.keyboard("{Enter}");
  expect(said.has(1)).toBe(false);
  await user.keyboard("a");
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { review: { verdict: "accept", turns: [] } } }));
  await user.keyboard("e");
  const field = await screen.findByRole("textbox", { name: "What the assistant should say" });
  await user.clear(field);
  expect(screen.getByText(/A turn cannot be empty/)).toBeDefined();
  expect(screen.getByRole("button", { name: /Go on/ })).toHaveProperty("disabled", true);
  await user.type(field, "It is on its way.{Escape}");
  expect(screen.getByText("Original")).toBeDefined();
  expect(screen.getByText("Original").nextSibling?.textContent).toBe("On it's way.");
  await user.keyboard("{ArrowDown}w");
  expect(screen.getByRole("button", { name: "Not learned" })).toBeDefined();
  await user.keyboard("r{ArrowUp}w{Enter}");
  const turns = [{ index: 1, content: "It is on its way.", weight: 0 }];
  await waitFor(() => expect(said.get(2)).toMatchObject({ value: { review: { verdict: "correct", turns } } }));
  await user.keyboard("x");
  await waitFor(() => expect(said.get(3)).toMatchObject({ value: { review: { verdict: "drop", turns: [] } } }));
});

it("gives a score with a key", async () => {
  const user = userEvent.setup();
  const { said } = useServer(textRows, { form: "score", task: "regression", labels: [], scale: { min: 0, max: 5 } });
  await screen.findByText("Where is my parcel?");
  await user.keyboard("{Enter}74{Enter}");
  await waitFor(() => expect(said.get(1)).toMatchObject({ value: { score: 4 } }));
});

it("leaves the arrows to the slider that has the focus", async () => {
  const user = userEvent.setup();
  const { stub } = useServer(textRows, { form: "score", task: "regression", labels: [], scale: { min: 0, max: 5 } });
  await screen.findByText("Where is my parcel?");
  await user.keyboard("4{Enter}");
  expect(await screen.findByText("I want my money back.")).toBeDefined();
  await user.keyboard("3");
  screen.getByRole("slider").focus();
  await user.keyboard("{ArrowRight}{ArrowLeft}");
  expect(screen.getByText("I want my money back.")).toBeDefined();
  await user.keyboard("{Enter}");
  expect(await screen.findByText("Lovely service.")).toBeDefined();
  expect(stub.requests.some((one) => one.method === "DELETE")).toBe(false);
});

it("shows what each reviewer would make of a conversation", async () => {
  const stub = useStubServer();
  const mei = { id: fixtures.uuid(1), email: "mei@example.com" };
  const session = { ...labelSession, form: "review", task: "chat", labels: [] };
  const agreement = { ...labelProgress.agreement, labels: [{ label: "drop", num_given: 3, value: 0.4 }] };
  const corrected = { review: { verdict: "correct", turns: [{ index: 1, content: "It is on its way.", weight: 0 }] } };
  stub.on("GET", "/api/v1/label-sessions/{id}", () => ({ status: 200, body: session }));
  stub.on("GET", "/api/v1/label-sessions/{id}/progress", () => ({ status: 200, body: { ...labelProgress, agreement } }));
  stub.on("GET", "/api/v1/label-sessions/{id}/disagreements", () => ({
    status: 200,
    body: {
      total: 1,
      data: [
        {
          row: handedRow(1, TALK).row,
          present: { review: { verdict: "accept", turns: [] } },
          answers: [{ person: mei, value: corrected }],
          majority: null,
          decision: null,
        },
      ],
    },
  }));
  renderApp(<LabelResultsPage />, { path: "/labelling/:sessionId/results", at: `/labelling/${labelSession.id}/results` });
  expect(await screen.findByRole("button", { name: "Keep it corrected" })).toBeDefined();
  expect(screen.getByText("Assistant, message 2 · Not learned")).toBeDefined();
  expect(screen.getByText("It is on its way.")).toBeDefined();
  expect(screen.getByRole("rowheader", { name: "Take it out" })).toBeDefined();
});

it("offers for conversations only what makes sense for them", async () => {
  const user = userEvent.setup();
  const stub = useStubServer();
  stub.on("GET", "/api/v1/datasets/{id}", () => ({ status: 200, body: { ...fixtures.dataset, task: "chat" } }));
  stub.on("GET", "/api/v1/datasets/{id}/label-sessions", () => ({ status: 200, body: { data: [], next_cursor: null } }));
  renderApp(<LabelSessionsPage />, { path: "/datasets/:datasetId/labelling", at: `/datasets/${fixtures.dataset.id}/labelling` });
  expect(await screen.findByText(/correct what the assistant says/)).toBeDefined();
  await user.click(screen.getByRole("button", { name: "Begin a session" }));
  await user.click(await screen.findByRole("combobox", { name: "Order" }));
  expect(await screen.findByRole("option", { name: "Suspected errors first" })).toBeDefined();
  expect(screen.queryByRole("option", { name: "Difficult rows first" })).toBeNull();
  expect(screen.queryByRole("switch", { name: /as a suggestion/ })).toBeNull();
});

it("begins a session with what was chosen", async () => {
  const user = userEvent.setup();
  const stub = useStubServer();
  stub.on("GET", "/api/v1/datasets/{id}/label-sessions", () => ({ status: 200, body: { data: [], next_cursor: null } }));
  stub.on("POST", "/api/v1/datasets/{id}/label-sessions", () => ({ status: 201, body: labelSession }));
  const { router } = renderApp(<LabelSessionsPage />, { path: "/datasets/:datasetId/labelling", at: `/datasets/${fixtures.dataset.id}/labelling` });
  await user.click(await screen.findByRole("button", { name: "Begin a session" }));
  await user.type(await screen.findByLabelText(/Name/), "Second look");
  const people = screen.getByLabelText(/People per row/);
  await user.clear(people);
  await user.type(people, "2");
  await user.click(screen.getAllByRole("button", { name: "Begin a session" }).at(-1) ?? people);
  await waitFor(() => expect(router.state.location.pathname).toBe(`/labelling/${labelSession.id}`));
  expect(stub.requests.find((one) => one.method === "POST")?.body).toMatchObject({ name: "Second look", order: "given", labels_per_row: 2, overlap: 1 });
});

it("has a model asked about the rows before a session goes by its doubts", async () => {
  const user = userEvent.setup();
  const stub = useStubServer();
  const scores = fixtures.uuid(9100);
  stub.on("GET", "/api/v1/datasets/{id}/label-sessions", () => ({ status: 200, body: { data: [], next_cursor: null } }));
  stub.on("POST", "/api/v1/model-versions/{id}/row-scores", () => ({ status: 201, body: { id: scores } }));
  stub.on("POST", "/api/v1/datasets/{id}/label-sessions", () => ({ status: 201, body: labelSession }));
  renderApp(<LabelSessionsPage />, { path: "/datasets/:datasetId/labelling", at: `/datasets/${fixtures.dataset.id}/labelling` });
  await user.click(await screen.findByRole("button", { name: "Begin a session" }));
  await user.type(await screen.findByLabelText(/Name/), "Doubts");
  await user.click(screen.getByRole("combobox", { name: "Order" }));
  await user.click(await screen.findByRole("option", { name: "Difficult rows first" }));
  await user.click(await screen.findByRole("combobox", { name: "Whose difficulty" }));
  await user.click(await screen.findByRole("option", { name: fixtures.model.name }));
  await user.click(screen.getAllByRole("button", { name: "Begin a session" }).at(-1) ?? document.body);
  await waitFor(() => expect(stub.requests.filter((one) => one.method === "POST")).toHaveLength(2));
  const [asked, begun] = stub.requests.filter((one) => one.method === "POST");
  expect(asked?.body).toEqual({ dataset_version_id: fixtures.dataset.latest_version?.id });
  expect(begun?.body).toMatchObject({ order: "uncertainty", scores_id: scores });
});

it("shows agreement and lets an owner decide and finish", async () => {
  const user = userEvent.setup();
  const stub = useStubServer();
  const mei = { id: fixtures.uuid(1), email: "mei@example.com" };
  const tom = { id: fixtures.uuid(7), email: "tom@example.com" };
  stub.on("GET", "/api/v1/label-sessions/{id}", () => ({ status: 200, body: labelSession }));
  stub.on("GET", "/api/v1/label-sessions/{id}/progress", () => ({ status: 200, body: labelProgress }));
  stub.on("GET", "/api/v1/label-sessions/{id}/disagreements", () => ({
    status: 200,
    body: {
      total: 1,
      data: [
        {
          row: textRows[0]?.row,
          present: { label: "refund" },
          answers: [
            { person: mei, value: { label: "delay" } },
            { person: tom, value: { label: "refund" } },
          ],
          majority: null,
          decision: null,
        },
      ],
    },
  }));
  stub.on("PUT", "/api/v1/label-sessions/{id}/decisions/(\\d+)", () => ({ status: 200, body: {} }));
  stub.on("POST", "/api/v1/label-sessions/{id}/finish", () => problem(409, "labelling.undecided", "People differ on rows that nobody decided: 1."));
  renderApp(<LabelResultsPage />, { path: "/labelling/:sessionId/results", at: `/labelling/${labelSession.id}/results` });
  expect((await screen.findAllByText("Cohen’s kappa")).length).toBeGreaterThan(0);
  expect(screen.getByText("0.600")).toBeDefined();
  await user.click(await screen.findByRole("button", { name: "delay" }));
  await waitFor(() => expect(stub.requests.find((one) => one.method === "PUT")?.body).toEqual({ value: { label: "delay" } }));
  await user.click(screen.getByRole("button", { name: "Finish and make a version" }));
  await user.click(await screen.findByRole("radio", { name: "What was decided" }));
  await user.click(screen.getAllByRole("button", { name: "Finish and make a version" }).at(-1) ?? document.body);
  expect((await screen.findByRole("alert")).textContent).toContain("nobody decided: 1");
  expect(stub.requests.find((one) => one.method === "POST")?.body).toEqual({ resolve: "adjudicated" });
});
