import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";

import { JobTimeline } from "@/features/jobs/job-timeline.tsx";
import type { JobEvent } from "@/lib/api-types.ts";
import { minutesAfter } from "@/testing/fixtures.ts";
import { renderApp } from "@/testing/render-app.tsx";

const move = (seq: number, attempt: number, to: JobEvent["to"], message: string): JobEvent => ({
  seq,
  attempt,
  type: "state",
  from: null,
  to,
  reason: { code: message, fault: "nobody", message, params: {} },
  message,
  phase: null,
  created_at: minutesAfter(seq),
});

it("tells a cause once, with the first move that it brought about, and anew in another attempt", async () => {
  const events = [move(1, 1, "starting", "Taken."), move(2, 1, "running", "Taken."), move(3, 1, "queued", "Lost."), move(4, 2, "starting", "Taken."), move(5, 2, "running", "Taken.")];
  renderApp(<JobTimeline events={events} />);
  const lines = within(await screen.findByRole("list", { name: "Events" })).getAllByRole("listitem");
  expect(lines.map(({ textContent }) => ["Taken.", "Lost."].filter((cause) => textContent.includes(cause)))).toEqual([[], ["Taken."], ["Lost."], [], ["Taken."]]);
});
