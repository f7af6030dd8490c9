import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { EstimateLine } from "@/features/jobs/estimate-line.tsx";
import type { JobCreate } from "@/lib/api-types.ts";
import * as fixtures from "@/testing/fixtures.ts";
import * as readings from "@/testing/reading-fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

const BODY: JobCreate = { name: "A name", dataset_version_id: fixtures.version.id, base_model: "minilm-l6-v2", method: { type: "full" } };

function show(body: JobCreate | null, isAllowed = true) {
  return renderApp(<EstimateLine body={body} isAllowed={isAllowed} />, { path: "/jobs/new", at: "/jobs/new" });
}

it("says time, memory and price as ranges, where they come from, and which limit is in the way", async () => {
  const stub = useStubServer();
  show(BODY);
  expect(await screen.findByText("2 min to 10 min")).toBeDefined();
  expect(screen.getByText(/Price: .+0\.50 to .+2\.00\. Memory: .+ to .+\./)).toBeDefined();
  expect(screen.getByText(/By measurements on 2 cores of AMD EPYC\. Tokens are guessed/)).toBeDefined();
  expect(screen.getByText("Even the lowest estimate is above limits.max_seconds.")).toBeDefined();
  expect(stub.requests.find((request) => request.path === "/api/v1/jobs/estimate")?.body).not.toHaveProperty("name");
});

it("says how many own jobs have corrected it, and nothing of a price where there is none", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/estimate", () => ({
    status: 200,
    body: { ...readings.estimate, num_own_jobs: 2, price: null, tokens_from: "preview", limits: [] },
  }));
  show(BODY);
  expect(await screen.findByText("Corrected by 2 finished jobs of yours. Tokens are counted.")).toBeDefined();
  expect(screen.queryByText(/Price/)).toBeNull();
});

it("does not stand in the way of a launch when nothing can be said", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/estimate", () => problem(503, "platform.busy", "Try again in a moment."));
  show(BODY);
  expect(await screen.findByText("What this job will take cannot be estimated just now.")).toBeDefined();
});

it("says what a launch would be refused for", async () => {
  const stub = useStubServer();
  stub.on("POST", "/api/v1/jobs/estimate", () => problem(400, "job.rank_too_large", "The rank is larger than the base model is wide.", "method.rank"));
  show(BODY);
  expect(await screen.findByText("The rank is larger than the base model is wide.")).toBeDefined();
});

it("asks nothing while the form is not whole", () => {
  const stub = useStubServer();
  show(null);
  expect(stub.requests.filter((request) => request.path === "/api/v1/jobs/estimate")).toEqual([]);
});
