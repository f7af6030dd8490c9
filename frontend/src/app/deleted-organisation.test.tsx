import { screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, it } from "vitest";

import { useLocalEntries } from "@/app/palette/use-entries.ts";
import { DatasetPage } from "@/features/datasets/dataset-page.tsx";
import { NewDatasetPage } from "@/features/datasets/new-dataset-page.tsx";
import { CheckpointsTable } from "@/features/jobs/checkpoints-table.tsx";
import { JobActions } from "@/features/jobs/job-actions.tsx";
import { JobsPage } from "@/features/jobs/jobs-page.tsx";
import { LabelResultsPage } from "@/features/labelling/label-results-page.tsx";
import { LabellingPage } from "@/features/labelling/labelling-page.tsx";
import { ModelPage } from "@/features/models/model-page.tsx";
import { OverviewPage } from "@/features/overview/overview-page.tsx";
import { SettingsPage } from "@/features/settings/settings-page.tsx";
import * as fixtures from "@/testing/fixtures.ts";
import { labelSession } from "@/testing/labelling-fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import type { StubApi } from "@/testing/stub-api.ts";

const { finishedJob, runningJob, dataset, model } = fixtures;

interface Page {
  element: ReactNode;
  path?: string;
  at?: string;
  /** What whoever works in an organisation can press, and in a deleted one cannot. */
  writes: readonly (string | RegExp)[];
  /** What looking and taking away need. */
  stays: readonly (string | RegExp)[];
}

function Entries() {
  const { actions, pages } = useLocalEntries(() => undefined);
  return [...actions, ...pages].map(({ id, label }) => <button key={id}>{label}</button>);
}

const PAGES: Readonly<Record<string, Page>> = {
  palette: { element: <Entries />, writes: ["New job", "Upload a dataset"], stays: ["API keys", "Audit log", "New organisation"] },
  home: { element: <OverviewPage />, writes: ["New job", /^Dismiss/], stays: ["All jobs"] },
  jobs: { element: <JobsPage />, writes: ["New job"], stays: ["Saved views"] },
  "a job": { element: <JobActions job={runningJob} />, writes: ["Pause", "Cancel job"], stays: ["Job actions"] },
  checkpoints: { element: <CheckpointsTable job={finishedJob} curves={{}} />, writes: [/^Make a model of the checkpoint/], stays: [/^Download the checkpoint/] },
  versions: { element: <DatasetPage />, path: "/datasets/:datasetId", at: `/datasets/${dataset.id}?tab=versions`, writes: ["New job", "Dataset actions"], stays: [/^Export v/] },
  "a new dataset": { element: <NewDatasetPage />, writes: ["Create dataset"], stays: ["Datasets"] },
  "a model": { element: <ModelPage />, path: "/models/:modelId", at: `/models/${model.id}`, writes: ["Model actions", "Predict"], stays: [/^Download/] },
  labelling: { element: <LabellingPage />, path: "/labelling/:sessionId", at: `/labelling/${labelSession.id}`, writes: [/^Skip/], stays: ["Progress and agreement"] },
  "label results": {
    element: <LabelResultsPage />,
    path: "/labelling/:sessionId/results",
    at: `/labelling/${labelSession.id}/results`,
    writes: ["Close the session", "Finish and make a version"],
    stays: ["Labelling"],
  },
  settings: {
    element: <SettingsPage />,
    writes: ["Save", "Create invitation", "Create key", "Revoke the key nightly", /invitation.*li@example/, /^Remove/, "Delete organisation"],
    stays: ["Change your password", "Delete your account", "Open the audit log"],
  },
};

const UNTIL = "2124-05-01T12:00:00Z";

/** Something of everything that the pages of a working organisation offer to change. */
function fill(stub: StubApi): void {
  const created = { id: fixtures.uuid(9101), created_at: fixtures.minutesAfter(0), expires_at: UNTIL };
  stub.keys = [{ ...created, name: "nightly", prefix: "ann_live_4Fq8", last4: "9xTz", role: "member", last_used_at: null, revoked_at: null }];
  stub.invitations = [{ ...created, email: "li@example.com", role: "member" }];
  stub.home.finished = [{ ...fixtures.asListItem(finishedJob), is_new: false }];
  stub.home.waiting = [{ kind: "finding", id: fixtures.uuid(70), name: "Mails", message: "Repeated rows: 3.", at: fixtures.minutesAfter(2), opens: dataset.id, fault: null, more: 0 }];
}

const pressable = (name: string | RegExp) => [...screen.queryAllByRole("button", { name }), ...screen.queryAllByRole("link", { name })];
const allAppear = async (names: Page["stays"]) => await waitFor(() => expect(names.filter((name) => pressable(name).length === 0)).toEqual([]));

it.each(Object.entries(PAGES))("only lets a deleted organisation be looked at: %s", async (_, { element, writes, stays, ...place }) => {
  const stub = useStubServer();
  fill(stub);
  const { unmount } = renderApp(element, place);
  await allAppear([...writes, ...stays]);
  unmount();
  stub.requests.length = 0;
  renderApp(element, { ...place, restorableUntil: UNTIL });
  await allAppear(stays);
  expect(writes.filter((name) => pressable(name).length > 0)).toEqual([]);
  expect(stub.requests.filter(({ method }) => method !== "GET")).toEqual([]);
});
