import { fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { TableScroll } from "@/components/table-scroll.tsx";
import { renderApp } from "@/testing/render-app.tsx";

it("has a shadow on each side where more can be scrolled to", () => {
  renderApp(<TableScroll label="Versions">rows</TableScroll>);
  const region = screen.getByRole("group", { name: "Versions" });
  const size = (name: string, value: number) => Object.defineProperty(region, name, { value, configurable: true });
  size("clientWidth", 300);
  size("scrollWidth", 500);
  const sides = (left: number) => {
    size("scrollLeft", left);
    fireEvent.scroll(region);
    return ["before", "after"].filter((side) => region.parentElement?.dataset[side] === "true");
  };
  expect([sides(0), sides(80), sides(200)]).toEqual([["after"], ["before", "after"], ["before"]]);
});
