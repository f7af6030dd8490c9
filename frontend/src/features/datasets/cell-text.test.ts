import { expect, it } from "vitest";

import { cellText, fieldText, fieldValue, readText, readTexts } from "@/features/datasets/cell-text.ts";

const role = (kind: Parameters<typeof fieldValue>[1]["kind"], is_optional = false) => ({ kind, is_optional });

it("writes lists one part to a line and reads them back, spaces and all", () => {
  const tokens = ["New York", "is", " big"];
  expect(fieldValue(fieldText(tokens), role("tokens"))).toEqual(tokens);
  expect(fieldValue("", role("labels"))).toEqual([]);
  expect(cellText(tokens)).toBe("New York is  big");
});

it("takes numbers as numbers, and leaves what is none for the server to refuse", () => {
  expect(fieldValue("3.5", role("number"))).toBe(3.5);
  expect(fieldValue("three", role("number"))).toBe("three");
  expect(fieldValue("", role("number"))).toBe("");
});

it("empties an optional cell, and no other", () => {
  expect(fieldValue("  ", role("text", true))).toBeNull();
  expect(fieldValue("  ", role("text"))).toBe("  ");
});

it("reads conversations turn by turn and answers one after the other, and nothing else", () => {
  const talk = (answer: string, weight?: number) => JSON.stringify([{ role: "user", content: "Where?" }, { role: "assistant", content: answer, weight }]);
  expect(readText(talk("Here."), "messages")).toBe("user: Where?\n\nassistant: Here.");
  expect(readTexts(talk("Here."), talk("There.", 0), "messages")).toEqual(["assistant: Here.", "assistant (0): There."]);
  expect(readText(JSON.stringify({ text: ["Köln", "Berlin"], answer_start: [3, 9] }), "answers")).toBe("Köln · Berlin");
  expect(readText(talk("Here."), "text")).toBe(talk("Here."));
  expect(readTexts("[1", "a", "messages")).toEqual(["[1", "a"]);
});
