import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";

import { JobLog } from "@/features/jobs/job-log.tsx";
import type { Job } from "@/lib/api-types.ts";
import { saveFile } from "@/lib/save-file.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { problem } from "@/testing/stub-api.ts";

vi.mock("@/lib/save-file.ts", () => ({ saveFile: vi.fn() }));

const { runningJob, finishedJob } = fixtures;
const TEXT = fixtures.LOG_LINES.join("\n");

afterEach(() => void vi.useRealTimers());

const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }));
async function open(job: Job) {
  const page = renderApp(<JobLog job={job} />);
  await press("Show the log");
  return page;
}
const lines = () => screen.findByRole("region", { name: "Lines of the log" });

it("asks for the log once it is opened, and not before", async () => {
  const server = useStubServer();
  const asked = () => server.requests.filter(({ path }) => path.endsWith("/log")).length;
  renderApp(<JobLog job={finishedJob} />);
  expect((await screen.findByRole("button", { name: "Show the log" })).getAttribute("aria-expanded")).toBe("false");
  expect(asked()).toBe(0);
  await press("Show the log");
  expect((await lines()).textContent).toBe(TEXT);
  expect(asked()).toBe(1);
  await press("Hide the log");
  expect(screen.queryByRole("region", { name: "Lines of the log" })).toBeNull();
});

it.each([
  ["brings new lines of a job at work", runningJob, 2],
  ["asks once for those of a job that is over", finishedJob, 1],
])("%s", async (_, job, least) => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const server = useStubServer();
  let count = 0;
  server.on("GET", "/api/v1/jobs/{id}/log", () => ({ status: 200, body: { lines: [`answer ${++count}`] } }));
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  renderApp(<JobLog job={job} />);
  await user.click(await screen.findByRole("button", { name: "Show the log" }));
  await lines();
  await vi.advanceTimersByTimeAsync(5100);
  await waitFor(async () => expect((await lines()).textContent).toBe(`answer ${least}`));
});

it("says that there are no lines, not yet or at all", async () => {
  useStubServer().on("GET", "/api/v1/jobs/{id}/log", () => ({ status: 200, body: { lines: [] } }));
  const { unmount } = await open(runningJob);
  expect(await screen.findByText("The trainer has not written anything yet.")).toBeDefined();
  unmount();
  await open(finishedJob);
  expect(await screen.findByText("The trainer wrote nothing.")).toBeDefined();
});

it("says why there is no log, and asks again", async () => {
  const server = useStubServer();
  server.on("GET", "/api/v1/jobs/{id}/log", () => problem(503, "platform.away", "The storage does not answer."));
  await open(finishedJob);
  expect(await screen.findByText("The storage does not answer.")).toBeDefined();
  server.on("GET", "/api/v1/jobs/{id}/log", () => ({ status: 200, body: { lines: ["there"] } }));
  await press("Try again");
  expect((await lines()).textContent).toBe("there");
});

it("copies the lines, and says where the browser does not allow it", async () => {
  useStubServer();
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error("refused"));
  await open(finishedJob);
  await press("Copy");
  expect(write).toHaveBeenCalledWith(TEXT);
  expect(await screen.findByText("The log is copied.")).toBeDefined();
  await press("Copy");
  expect(await screen.findByText(/did not allow copying/)).toBeDefined();
});

it("saves the lines as a file", async () => {
  useStubServer();
  const contents: Blob[] = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((content) => `blob:${contents.push(content as Blob)}`);
  await open(finishedJob);
  await press("Download");
  expect(saveFile).toHaveBeenCalledExactlyOnceWith("blob:1", `log-${finishedJob.id}.txt`);
  expect(await contents[0]?.text()).toBe(`${TEXT}\n`);
});
