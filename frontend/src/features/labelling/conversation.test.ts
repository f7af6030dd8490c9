import { expect, it } from "vitest";

import { assistantTurns, messagesOf, reviewOf, withTurn } from "@/features/labelling/conversation.ts";

const CELL = JSON.stringify([
  { role: "user", content: "Where?" },
  { role: "assistant", content: null, tool_calls: [{ function: { name: "track" } }] },
  { role: "assistant", content: "Here.", weight: 0 },
]);

it("reads what a cell holds, calls of tools and weights among it", () => {
  const messages = messagesOf(CELL) ?? [];
  expect(messages.map(({ role, content, weight }) => [role, content, weight])).toEqual([
    ["user", "Where?", 1],
    ["assistant", null, 1],
    ["assistant", "Here.", 0],
  ]);
  expect(messages[1]?.calls).toContain("track");
  expect(assistantTurns(messages)).toEqual([1, 2]);
  for (const other of ["a text", "[1]", "[]", "[{", 3, null]) expect(messagesOf(other)).toBeNull();
});

it("reads a call of the older form like any other", () => {
  const call = { name: "track", arguments: '{"number": 7}' };
  const [message] = messagesOf(JSON.stringify([{ role: "assistant", content: null, function_call: call }])) ?? [];
  expect(message?.calls).toBe('track({"number": 7})');
});

it("keeps of a turn what its message does not say already", () => {
  const messages = messagesOf(CELL) ?? [];
  const once = withTurn([], messages, { index: 2, content: "There." });
  const twice = withTurn(once, messages, { index: 2, weight: 1 });
  expect(twice).toEqual([{ index: 2, content: "There.", weight: 1 }]);
  expect(withTurn(twice, messages, { index: 2, content: "Here." })).toEqual([{ index: 2, weight: 1 }]);
  expect(withTurn(withTurn([], messages, { index: 1, weight: 0 }), messages, { index: 1, weight: 1 })).toEqual([]);
  expect(reviewOf(twice)).toEqual({ verdict: "correct", turns: twice });
  expect(reviewOf([])).toBeNull();
  expect(reviewOf([{ index: 2, content: " " }])).toBeNull();
});
