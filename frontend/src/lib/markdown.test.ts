import { expect, it } from "vitest";

import { blocksOf, spansOf } from "@/lib/markdown.ts";

it("reads the facts, headings, tables, code and lists of a model card", () => {
  const card = [
    "---",
    "license: apache-2.0",
    "base_model: org/name:v1",
    "---",
    "",
    "# Sorts texts",
    "",
    "Fine-tuned with *lora*;",
    "best of `3`.",
    "| answers of | accuracy |",
    "|---|---|",
    "| **this model** | 90.0% |",
    "| base | – |",
    "",
    "- one",
    "- two",
    "```python",
    "# a comment, not a heading",
    "",
    "print(1)",
    "```",
  ].join("\n");
  const text = (words: string) => [{ kind: "text", text: words }];
  expect(blocksOf(card)).toEqual([
    { kind: "facts", facts: [["license", "apache-2.0"], ["base_model", "org/name:v1"]] },
    { kind: "heading", level: 1, spans: text("Sorts texts") },
    {
      kind: "paragraph",
      spans: [...text("Fine-tuned with "), { kind: "emphasis", text: "lora" }, ...text("; best of "), { kind: "code", text: "3" }, ...text(".")],
    },
    { kind: "table", head: [text("answers of"), text("accuracy")], rows: [[[{ kind: "strong", text: "this model" }], text("90.0%")], [text("base"), text("–")]] },
    { kind: "list", items: [text("one"), text("two")] },
    { kind: "code", text: "# a comment, not a heading\n\nprint(1)" },
  ]);
});

it("leaves HTML, links and what is not closed as the text that they are", () => {
  const hostile = '<img src=x onerror="alert(1)"> [here](javascript:alert(1)) **open 2 * 3 * 4';
  expect(spansOf(hostile)).toEqual([{ kind: "text", text: hostile }]);
  expect(blocksOf("---\nno end")).toEqual([{ kind: "paragraph", spans: [{ kind: "text", text: "--- no end" }] }]);
  expect(blocksOf("```\nno end")).toEqual([{ kind: "code", text: "no end" }]);
  expect(blocksOf("| not a table |\n| at all |")).toHaveLength(2);
  expect(blocksOf("")).toEqual([]);
});
