import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";

import { JobsPage } from "@/features/jobs/jobs-page.tsx";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

beforeEach(() => void useStubServer());

const show = (at: string) => renderApp(<JobsPage />, { path: "/jobs", at });
const unfold = () => screen.findByRole("button", { name: "Filter and sort", hidden: true });

it("folds for a phone what narrows and orders the list, until somebody asks for it", async () => {
  show("/jobs?state=failed&q=typo");
  const button = await unfold();
  const folded = document.getElementById(button.getAttribute("aria-controls") ?? "");
  expect(folded?.contains(screen.getByRole("combobox", { name: "Order", hidden: true }))).toBe(true);
  expect([button.getAttribute("aria-expanded"), folded?.dataset["open"]]).toEqual(["false", undefined]);
  await userEvent.click(button);
  expect([button.getAttribute("aria-expanded"), folded?.dataset["open"]]).toEqual(["true", "true"]);
});

it("folds nothing that an address asks for", async () => {
  show("/jobs?tag=winter");
  expect((await unfold()).getAttribute("aria-expanded")).toBe("true");
});
