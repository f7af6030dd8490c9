import { describe, expect, it } from "vitest";

import { contextAt, lineOf, placeOf, readJson } from "@/lib/json-text.ts";

describe("readJson", () => {
  it.each(['{"a": [1, -2.5e3, true, null], "b": {"c": "x\\n\\u00e9 {,}"}}', "[]", '""', "{}", " 7 "])("reads %s as JSON.parse does", (text) => {
    expect(readJson(text)).toMatchObject({ value: JSON.parse(text) as unknown, problem: null });
  });

  it.each([
    ['{"a": 1 "b": 2}', "unexpected", 8],
    ['{"a": 1,}', "trailing", 7],
    ['[1, 2, ]', "trailing", 5],
    ['[1,, 2]', "unexpected", 3],
    ['{"a": tru}', "unexpected", 6],
    ['{"a": 01}', "unexpected", 6],
    ['{"a" 1}', "unexpected", 5],
    ["{a: 1}", "unexpected", 1],
    ['{"a": "x\n}', "unclosed", 6],
    ['{"a": [1, 2', "unclosed", 11],
    ['{"a": 1, "a": 2}', "duplicate", 9],
    ["  ", "empty", 0],
    ["{} {}", "unexpected", 3],
  ])("says of %j that it is %s, and where", (text, kind, offset) => {
    expect(readJson(text).problem).toMatchObject({ kind, offset });
  });

  it("knows where each part stands, and the nearest one for a part that does not", () => {
    const text = '{\n  "method": {"type": "lora"},\n  "list": [4, {"x": 1}]\n}';
    const { places } = readJson(text);
    expect(lineOf(text, placeOf(places, "list.1.x"))).toEqual({ line: 3, column: 16 });
    expect(text.slice(placeOf(places, "method.rank")).startsWith('"method"')).toBe(true);
    expect(placeOf(places, "nothing")).toBe(0);
  });
});

describe("contextAt", () => {
  /** The caret is where the bar is. */
  const at = (text: string) => contextAt(text.replace("|", ""), text.indexOf("|"));

  it.each([
    ["{|", [], "name", ""],
    ['{"a": 1, "lea|', [], "name", "lea"],
    ['{"optimisation": {"sch|"}}', ["optimisation"], "name", "sch"],
    ['{"optimisation": {"schedule": |', ["optimisation", "schedule"], "value", ""],
    ['{"optimisation": {"schedule": "li|near"}}', ["optimisation", "schedule"], "value", "li"],
    ['{"kinds": ["a", "b|', ["kinds", "1"], "value", "b"],
  ] as const)("finds in %s what is wanted", (text, path, wants, typed) => {
    expect(at(text)).toMatchObject({ path, wants, typed });
  });

  it.each(['{"a": 1|', '{"a": {} |', '{"a"| ', "|"])("wants nothing in %s unless something is begun", (text) => {
    expect(at(text)?.typed ?? "nothing").not.toBe("");
  });

  it("knows the names that are there, and of which kind each object is", () => {
    const found = at('{"method": {"type": "lora", "rank": 8, |');
    expect(found?.used).toEqual(["type", "rank"]);
    expect([...(found?.kinds ?? [])]).toEqual([["method", "lora"]]);
  });
});
