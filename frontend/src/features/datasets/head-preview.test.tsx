import { screen } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";

import { HeadPreview } from "@/features/datasets/head-preview.tsx";
import { renderApp, useStubServer } from "@/testing/render-app.tsx";

const show = (bytes: number[]) => renderApp(<HeadPreview file={new File(["text,label\n", new Uint8Array(bytes), ",a\n"], "a.csv")} isOpen />);

beforeEach(() => {
  useStubServer();
});

it("says that an encoding is only guessed", async () => {
  show([0xc4, 0xe3]);
  expect(await screen.findByText("你")).toBeDefined();
  expect(screen.getByText(/as separated by commas, and as GB18030 by a guess that may be wrong/)).toBeDefined();
});

it("knows UTF-8", async () => {
  show([0xe4, 0xbd, 0xa0]);
  expect(await screen.findByText(/Read here as separated by commas, UTF-8\./)).toBeDefined();
});
