import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { StageStrip } from "@/features/jobs/stage-strip.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp } from "@/testing/render-app.tsx";

it("says of every stage how long it took, and is walked with the arrow keys as one stop", async () => {
  renderApp(<StageStrip events={fixtures.events} isEnded />);
  const stages = within(screen.getByRole("list", { name: "Stages" })).getAllByRole("button");
  const names = stages.map((stage) => stage.getAttribute("aria-label") ?? "");
  expect(names.map((name) => name.split(":")[0])).toEqual(["Queued", "Starting", "Running", "Queued", "Running", "Training", "Evaluating", "Writing the model"]);
  expect(names[5]).toMatch(/^Training: 1m 24s, from .+ to .+\. Attempt 2\.$/u);
  expect(names[2]).toContain("The worker was lost; the job goes on from step 82 on another one.");
  expect(stages.map((stage) => stage.tabIndex)).toEqual([-1, -1, -1, -1, -1, -1, -1, 0]);
  await userEvent.tab();
  await userEvent.keyboard("{ArrowLeft}{ArrowLeft}");
  expect(document.activeElement).toBe(stages[5]);
  expect(screen.getByText(names[5] ?? "")).toBeDefined();
  await userEvent.keyboard("{Home}{ArrowLeft}");
  expect(document.activeElement).toBe(stages[0]);
  const totals = within(screen.getByRole("list", { name: "Time in each stage" })).getAllByRole("listitem");
  expect(totals.map((total) => total.textContent)).toContain("Running 1m 3s (2 times)");
});

it("grows until now while the job runs", () => {
  renderApp(<StageStrip events={fixtures.events.slice(0, 3)} isEnded={false} />);
  expect(screen.getByText("now")).toBeDefined();
  expect(screen.getAllByRole("button").at(-1)?.getAttribute("aria-label")).toMatch(/^Running for .+, since .+\.$/u);
});
