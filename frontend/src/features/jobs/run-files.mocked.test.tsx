import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";

import { RunFiles } from "@/features/jobs/run-files.tsx";
import { saveFile } from "@/lib/save-file.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

vi.mock("@/lib/save-file.ts", () => ({ saveFile: vi.fn() }));

const { id } = fixtures.finishedJob;
const press = async () => userEvent.click(await screen.findByRole("button", { name: "Record for MLflow and W&B" }));

it("saves the record of a job as the server gives it", async () => {
  const contents: Blob[] = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((content) => `blob:${contents.push(content as Blob)}`);
  vi.spyOn(URL, "revokeObjectURL").mockImplementation(() => undefined);
  useStubServer().on("GET", "/api/v1/jobs/{id}/record", (_, asked) => ({ status: 200, body: { id: asked } }));
  renderApp(<RunFiles jobId={id} />);
  await press();
  await waitFor(() => expect(saveFile).toHaveBeenCalledExactlyOnceWith("blob:1", `record-${id}.json`));
  expect(JSON.parse((await contents[0]?.text()) ?? "")).toEqual({ id });
});

it("says why there is no file", async () => {
  useStubServer().on("GET", "/api/v1/jobs/{id}/record", () => problem(503, "platform.away", "The storage does not answer."));
  renderApp(<RunFiles jobId={id} />);
  await press();
  expect(await screen.findByText("The storage does not answer.")).toBeDefined();
});
