import { readFileSync } from "node:fs";

import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { CopyField } from "@/components/copy-field.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { renderApp } from "@/testing/render-app.tsx";

const sheet = readFileSync("src/app/print.css", "utf8");
/** Those that lose their scrolling on paper. */
const unscrolled = /([^{}/]+)\{[^{}]*overflow: visible/.exec(sheet)?.[1]?.trim() ?? "";

it("has all of a table or a text that scrolls on the screen", async () => {
  renderApp(
    <>
      <TableScroll label="Versions">rows</TableScroll>
      <CopyField label="curl" text="curl" />
    </>,
  );
  expect((await screen.findByRole("group", { name: "Versions" })).matches(unscrolled)).toBe(true);
  expect(screen.getByRole("region", { name: "curl" }).matches(unscrolled)).toBe(true);
});
