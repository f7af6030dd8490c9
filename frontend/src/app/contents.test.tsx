import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeEach, expect, it, vi } from "vitest";

import { Shell } from "@/app/shell.tsx";
import { Section } from "@/components/section.tsx";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const scrollIntoView = vi.fn();
beforeEach(() => {
  sessionStorage.clear();
  useStubServer();
  scrollIntoView.mockClear();
  Element.prototype.scrollIntoView = scrollIntoView;
});

const page = (titles: readonly string[]) => (
  <Shell>
    {titles.map((title) => (
      <Section key={title} title={title}>
        {title}
      </Section>
    ))}
  </Shell>
);
const PARTS = ["Verdict", "Try it", "Curves", "Stages", "Log"];
const contents = () => screen.queryByRole("navigation", { name: "On this page" });

it("lists the parts of a long page, also those that come later, and of a short one none", async () => {
  function Growing() {
    const [count, setCount] = useState(4);
    return (
      <>
        <button type="button" onClick={() => setCount(5)}>
          More
        </button>
        {page(PARTS.slice(0, count))}
      </>
    );
  }
  renderApp(<Growing />, { path: "*" });
  expect(contents()).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "More" }));
  await waitFor(() => expect(within(contents() ?? document.body).getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual(PARTS));
});

it("goes to a part: the window and the keyboard", async () => {
  renderApp(page(PARTS), { path: "*" });
  await userEvent.click(await screen.findByRole("link", { name: "Stages" }));
  expect(document.activeElement).toBe(screen.getByRole("heading", { name: "Stages" }));
  expect(scrollIntoView).toHaveBeenCalledOnce();
});

it("says which part is read", async () => {
  renderApp(page(PARTS), { path: "*" });
  await screen.findByRole("link", { name: "Curves" });
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockImplementation(function (this: Element) {
    return new DOMRect(0, (PARTS.indexOf(this.textContent) - 2) * 500, 100, 20);
  });
  fireEvent.scroll(window);
  await waitFor(() => expect(screen.getByRole("link", { current: "location" }).textContent).toBe("Curves"));
  vi.restoreAllMocks();
});

it("is searched by the palette", async () => {
  renderApp(page(PARTS), { path: "*" });
  await screen.findByRole("link", { name: "Curves" });
  await userEvent.keyboard("{Control>}k{/Control}");
  const field = await screen.findByRole("combobox");
  await userEvent.type(field, "curv");
  expect(within(await screen.findByRole("group", { name: "Parts of this page" })).getAllByRole("option")).toHaveLength(1);
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("heading", { name: "Curves" })));
});
