import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { DatasetPage } from "@/features/datasets/dataset-page.tsx";
import type { FindingEffect, Role } from "@/lib/api-types.ts";
import * as doctor from "@/testing/doctor-fixtures.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

const ID = fixtures.dataset.id;

function show(stub: StubApi, effect: FindingEffect, role: Role = "owner") {
  stub.effect = effect;
  stub.report = { ...doctor.report, findings: [{ ...doctor.duplicates, decision: "accepted", fix: "keep_one", version_id: fixtures.version.id }] };
  renderApp(<DatasetPage />, { path: "/datasets/:datasetId", at: `/datasets/${ID}?tab=doctor`, role });
}

it("says what a fix brought, with both figures, the interval and the test", async () => {
  show(useStubServer(), doctor.effectMeasured);
  expect(await screen.findByText(/The fix helped: Accuracy went from 85.0% to 90.0%, 5.0 points better/)).toBeDefined();
  const plot = within(screen.getByRole("list", { name: "Accuracy before and after the fix" }));
  expect(plot.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual(["Before the fix (v1)85.0% 79.0–90.0", "After the fix (v2)90.0% 85.0–94.5"]);
  expect(screen.getByText(/Compared on the 160 held-out rows.*McNemar test: p = 0.021/)).toBeDefined();
  expect(within(screen.getByRole("list", { name: "The jobs that were compared" })).getAllByRole("link")).toHaveLength(2);
});

it("claims nothing where nothing can be told", async () => {
  const figures = { ...doctor.effectFigures, outcome: "no_difference" as const, difference: { value: 0.01, low: -0.02, high: 0.04 }, p_value: 0.0004 };
  show(useStubServer(), { ...doctor.effectMeasured, figures });
  expect(await screen.findByText(/^No measurable difference: .*-2.0 to 4.0 points/)).toBeDefined();
  expect(screen.getByText(/p < 0.001/)).toBeDefined();
});

it("says that no row tells two results apart rather than give an interval of nothing", async () => {
  const figures = { ...doctor.effectFigures, outcome: "no_difference" as const, after: doctor.effectFigures.before, difference: { value: 0, low: 0, high: 0 } };
  show(useStubServer(), { ...doctor.effectMeasured, figures });
  expect(await screen.findByText("No difference at all: Accuracy is 85.0% as before, and no row tells the two apart.")).toBeDefined();
});

it("shows what measuring takes before it launches what is missing", async () => {
  const stub = useStubServer();
  show(stub, doctor.effectMissing);
  await userEvent.click(await screen.findByRole("button", { name: "Measure the effect" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText(/This launches a job with minilm-l6-v2/)).toBeDefined();
  expect(dialog.getByText("After the fix (v2)")).toBeDefined();
  expect(dialog.getByText(/Probably 40/)).toBeDefined();
  const launches = () => stub.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/effect"));
  expect(launches()).toHaveLength(0);
  await userEvent.click(dialog.getByRole("button", { name: "Launch the job" }));
  await waitFor(() => expect(launches()).toHaveLength(1));
  expect(await screen.findByText(/The effect is being measured/)).toBeDefined();
});

it("lets a viewer read and launch nothing, and says why nothing can be measured", async () => {
  show(useStubServer(), doctor.effectMissing, "viewer");
  expect(await screen.findByText(/is not known yet/)).toBeDefined();
  expect(screen.queryByRole("button", { name: "Measure the effect" })).toBeNull();
});
