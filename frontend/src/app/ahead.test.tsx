import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it, vi } from "vitest";

import { askAhead } from "@/app/ahead.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { useStubServer } from "@/testing/render-app.tsx";

const job = `/jobs/${fixtures.runningJob.id}`;

describe("asking ahead", () => {
  it("asks for a job, its curves and its events", async () => {
    const server = useStubServer();
    askAhead(new QueryClient(), { pathname: job, search: "" });
    const api = `/api/v1${job}`;
    await vi.waitFor(() => expect(server.requests.map(({ path }) => path).sort()).toEqual([api, `${api}/events`, `${api}/metrics`]));
  });

  it.each([
    ["/jobs/new", ""],
    ["/jobs", ""],
    ["/", ""],
    [`${job}/more`, ""],
    [job, `?tenant=${fixtures.uuid(9)}`],
  ])("asks nothing for %s%s", (pathname, search) => {
    const server = useStubServer();
    askAhead(new QueryClient(), { pathname, search });
    expect(server.requests).toEqual([]);
  });
});
