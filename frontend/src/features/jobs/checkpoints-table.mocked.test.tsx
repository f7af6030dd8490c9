import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";

import { CheckpointsTable } from "@/features/jobs/checkpoints-table.tsx";
import type { Role } from "@/lib/api-types.ts";
import { saveFile } from "@/lib/save-file.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

// A browser saves files by itself; what it is told to save is seen here.
vi.mock("@/lib/save-file.ts", () => ({ saveFile: vi.fn() }));

const curves = {
  "train/loss": [[164, 4, 0.4], [205, 5, 0.3]],
  "validation/accuracy": [[164, 4, 0.91], [205, 5, 0.925]],
  "validation/loss": [[164, 4, 0.27], [205, 5, 0.25]],
} as const;
const show = (shown: Parameters<typeof CheckpointsTable>[0]["curves"] = curves, role: Role = "owner") =>
  renderApp(<CheckpointsTable job={fixtures.finishedJob} curves={shown} />, { path: "/", at: "/", role });
const rows = async () => {
  const table = await screen.findByRole("group", { name: "Two checkpoints compared" });
  return within(table).getAllByRole("row").map((row) => [...row.children].map((cell) => cell.textContent));
};

it("compares the newest with another one, says which is better and by how much, and lets both be chosen", async () => {
  useStubServer();
  show();
  expect(await rows()).toEqual([
    ["Figure", "Step 205, best", "Step 164", "Difference"],
    ["Loss on the validation split", "0.250", "0.270", "better by 0.020"],
    ["Accuracy on the validation split", "92.5%", "91.0%", "better by 1.5 points"],
    ["Loss on the training rows", "0.300", "0.400", "better by 0.100"],
  ]);
  await userEvent.click(screen.getByRole("combobox", { name: "Checkpoint" }));
  await userEvent.click(await screen.findByRole("option", { name: "Step 164" }));
  await userEvent.click(screen.getByRole("combobox", { name: "Compared with" }));
  await userEvent.click(await screen.findByRole("option", { name: "Step 205, best" }));
  expect((await rows())[2]).toEqual(["Accuracy on the validation split", "91.0%", "92.5%", "worse by 1.5 points"]);
});

it("says where nothing was measured, and takes no other step's figure for it", async () => {
  useStubServer();
  show({ ...curves, "validation/accuracy": [[205, 5, 0.925]], "validation/loss": [[205, 5, 0.25]] });
  expect((await rows())[2]).toEqual(["Accuracy on the validation split", "92.5%", "–", "–"]);
  expect(screen.getByText(/Nothing was measured on validation at step 164\./)).toBeDefined();
});

it("says until when those of a job without a model are kept, and afterwards that they are gone", async () => {
  const stub = useStubServer();
  const failed = { ...fixtures.finishedJob, state: "failed", checkpoints_kept_until: "2124-05-01T12:00:00Z" } as const;
  const table = (job: Parameters<typeof CheckpointsTable>[0]["job"]) =>
    renderApp(<CheckpointsTable job={job} curves={curves} />, { path: "/", at: "/" });
  const { unmount } = table(failed);
  expect(await screen.findByText(/made no model\. Its checkpoints are kept until .*2124/)).toBeDefined();
  unmount();
  stub.on("GET", "/api/v1/jobs/{id}/checkpoints", () => ({ status: 200, body: { data: [], next_cursor: null } }));
  table({ ...failed, checkpoints_kept_until: "2024-05-01T12:00:00Z" });
  expect(await screen.findByText(/kept for some days and then removed/)).toBeDefined();
});

it("downloads a checkpoint by a link of its own", async () => {
  useStubServer();
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Download the checkpoint of step 164" }));
  expect(await screen.findByText(/has been handed to the browser/)).toBeDefined();
  expect(saveFile).toHaveBeenCalledWith("/downloads/stub", `customer-service-intents-${fixtures.uuid(50)}.zip`);
});

it("says why a checkpoint cannot be had any more", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/checkpoints/{id}/download-link", () => problem(404, "checkpoint.not_found", "It is not kept any more."));
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Download the checkpoint of step 164" }));
  expect(await screen.findByText("It is not kept any more.")).toBeDefined();
});

it("makes a model of a checkpoint that is not the one delivered, and leads to its job", async () => {
  const stub = useStubServer();
  const made = { ...fixtures.finishedJob, id: fixtures.uuid(77), name: "Customer service intents, full · 164", state: "queued" as const };
  stub.on("POST", "/api/v1/checkpoints/{id}/deliver", () => ({ status: 201, body: made }));
  show();
  const button = await screen.findByRole("button", { name: "Make a model of the checkpoint of step 164" });
  expect(screen.queryByRole("button", { name: "Make a model of the checkpoint of step 205" })).toBeNull();
  await userEvent.click(button);
  expect(await screen.findByText(/full · 164 is queued/)).toBeDefined();
});

it("says why no model can be made of a checkpoint", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/checkpoints/{id}/deliver", () => problem(404, "checkpoint.not_found", "This one is pruned."));
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Make a model of the checkpoint of step 164" }));
  expect(await screen.findByText("This one is pruned.")).toBeDefined();
});

it("offers no download and no model to somebody who only looks", async () => {
  useStubServer();
  show(curves, "viewer");
  expect(await rows()).toHaveLength(4);
  expect(screen.queryByRole("button", { name: /Download|Make a model/ })).toBeNull();
});
