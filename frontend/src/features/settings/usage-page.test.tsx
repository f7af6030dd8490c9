import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";

import { UsagePage } from "@/features/settings/usage-page.tsx";
import type { Usage } from "@/lib/api-types.ts";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";
import { usageOf } from "@/testing/settings-fixtures.ts";

function useUsage(usage: Usage) {
  useStubServer().on("GET", "/api/v1/usage", () => ({ status: 200, body: usage }));
}

it("tells training month by month, with what it costs, and what is stored", async () => {
  useUsage(usageOf({ "2026-10": { jobs: 1, seconds: 600, cost: 0.5 }, "2026-11": { jobs: 12, seconds: 9000, cost: 7.5 } }));
  renderApp(<UsagePage />, { role: "billing" });
  const columns = within(await screen.findByRole("list", { name: "Training by month" }));
  expect(columns.getAllByRole("listitem")).toHaveLength(12);
  expect(columns.getByText("November 2026: 2h 30m in 12 jobs")).toBeDefined();
  expect(screen.getByText("hours of training")).toBeDefined();
  const rows = within(screen.getByRole("table")).getAllByRole("row").map((row) => row.textContent);
  expect(rows.slice(1)).toEqual(["November 2026122h 30m€7.50", "October 2026110m 0s€0.50"]);
  const bars = within(screen.getByRole("list", { name: "Storage" })).getAllByRole("listitem").map((bar) => bar.textContent);
  expect(bars[0]).toBe("2 sets of model files: 96 MB96.0%");
  expect(bars[2]).toBe("1 uploaded file: 1 MB1.0%");
  expect(screen.getByText("100 MB in all. What was deleted is not counted.")).toBeDefined();
});

it("shows each quota as a meter with words", async () => {
  useStubServer();
  renderApp(<UsagePage />, { role: "billing" });
  const list = within(await screen.findByRole("list", { name: "Quotas" }));
  const hours = list.getByRole("meter", { name: "Training hours of this month" });
  expect(["aria-valuenow", "aria-valuemax", "aria-valuetext"].map((name) => hours.getAttribute(name))).toEqual(["85", "100", "85 h of 100 h (85%)"]);
  expect(list.getByText(/^Starts anew in December 2026 \(UTC\)/)).toBeDefined();
  expect(list.getByRole("meter", { name: "Stored data and models" }).getAttribute("aria-valuetext")).toBe("12.5 GB of 50 GB (25%)");
  expect(list.getByRole("meter", { name: "Jobs that run at once" }).getAttribute("aria-valuetext")).toBe("2 of 8 (25%)");
});

it("leads from room that is nearly used up to what takes it, whoever may delete it", async () => {
  useStubServer().on("GET", "/api/v1/quotas", () => ({ status: 200, body: { data: [{ kind: "stored_gb", limit: 10, used: 8, share: 0.8, starts_anew_on: null }] } }));
  const { unmount } = renderApp(<UsagePage />);
  expect((await screen.findByRole("link", { name: "Models" })).getAttribute("href")).toBe("/models");
  expect(screen.getByRole("list", { name: "Quotas" }).querySelector("a")?.getAttribute("href")).toBe("/datasets");
  unmount();
  renderApp(<UsagePage />, { role: "billing" });
  expect(await screen.findByText(/Data and models that are deleted no longer count/)).toBeDefined();
  expect(screen.queryByRole("link", { name: "Models" })).toBeNull();
});

it("fills a meter that is full no further than it goes, and says calmly that there is no limit", async () => {
  useStubServer().on("GET", "/api/v1/quotas", () => ({ status: 200, body: { data: [{ kind: "running_jobs", limit: 2, used: 3, share: 1.5, starts_anew_on: null }, { kind: "stored_gb", limit: null, used: 12.5, share: null, starts_anew_on: null }] } }));
  renderApp(<UsagePage />);
  const meter = await screen.findByRole("meter", { name: "Jobs that run at once" });
  expect([meter.getAttribute("aria-valuenow"), meter.getAttribute("aria-valuetext")]).toEqual(["2", "3 of 2 (150%)"]);
  expect(screen.getByText("Trials of searches count among them. More jobs wait in the queue until one of these ends; none is refused.")).toBeDefined();
  expect(screen.getByText("12.5 GB in use. No limit is set.")).toBeDefined();
});

it("counts little in minutes, and leaves the price out where there is none", async () => {
  useUsage(usageOf({ "2026-11": { jobs: 1, seconds: 90, cost: null } }));
  renderApp(<UsagePage />);
  expect(await screen.findByText("minutes of training")).toBeDefined();
  expect(screen.queryByRole("columnheader", { name: /Cost/ })).toBeNull();
});

it("tells how often models were asked, month by month", async () => {
  useUsage(usageOf({ "2026-10": { calls: 1, tokens: 9 }, "2026-11": { calls: 1200, tokens: 34_000 } }));
  renderApp(<UsagePage />);
  const rows = within(await screen.findByRole("table")).getAllByRole("row").map((row) => row.textContent);
  expect(rows).toEqual(["MonthCallsTokens", "November 20261,20034,000", "October 202619"]);
});

it("says so when nothing has run", async () => {
  useUsage(usageOf({}));
  renderApp(<UsagePage />);
  expect(await screen.findByText("No job has run in the last twelve months.")).toBeDefined();
  expect(screen.getByText("No model has been asked in the last twelve months.")).toBeDefined();
});

it("is for those who answer for it", async () => {
  useUsage(usageOf({}));
  renderApp(<UsagePage />, { role: "member" });
  expect(await screen.findByText("Only owners, admins and billing may see the usage")).toBeDefined();
  expect(screen.queryByRole("heading", { name: "Storage" })).toBeNull();
});
