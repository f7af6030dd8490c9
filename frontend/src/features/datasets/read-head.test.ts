import { describe, expect, it } from "vitest";

import { decode, guessDelimiter, HEAD_BYTES, HEAD_ROWS, isGuessed, parseDelimited, readHead, readTable } from "@/features/datasets/read-head.ts";

const utf8 = (text: string) => ({ text, encoding: "utf-8" });

describe("readTable", () => {
  it("reads cells with delimiters, quotes and line ends inside", () => {
    expect(readTable(utf8('text,label\r\n"one, ""two""\nthree",a\r\n'))).toEqual({
      encoding: "utf-8",
      delimiter: ",",
      columns: ["text", "label"],
      rows: [['one, "two"\nthree', "a"]],
      numRows: 1,
    });
  });

  it("reads a table copied from a spreadsheet", () => {
    expect(readTable(utf8("text\tlabel\ngood, really\tpraise\nbad\tcomplaint"))).toMatchObject({ delimiter: "\t", numRows: 2 });
  });

  it("reads JSON lines with keys that come later", () => {
    expect(readTable(utf8('{"a": 1}\n\n{"b": ["x"], "a": null}'))).toMatchObject({
      delimiter: null,
      columns: ["a", "b"],
      rows: [["1", ""], ["", '["x"]']],
      numRows: 2,
    });
    expect(readTable(utf8("{broken"))).toBeNull();
  });

  it("shows a hundred rows and counts all", () => {
    const table = readTable(utf8(`a,b\n${"1,2\n".repeat(250)}`));
    expect([table?.rows.length, table?.numRows]).toEqual([HEAD_ROWS, 250]);
  });

  it("leaves out the row that the end of the piece cut in two", () => {
    expect(readTable(utf8("a,b\n1,2\n3,"), true)?.numRows).toBe(1);
  });

  it("fills short rows and finds nothing in nothing", () => {
    expect(readTable(utf8("a,b\n1"))?.rows).toEqual([["1", ""]]);
    expect(readTable(utf8(""))).toBeNull();
  });
});

describe("guessDelimiter", () => {
  it.each([
    ["a;b;c\n1,5;2;3\n", ";"],
    ["a|b\n1|2\n", "|"],
    ["only\nwords, sometimes\n", ","],
  ])("%j", (text, delimiter) => {
    expect(guessDelimiter(text)).toBe(delimiter);
  });
});

describe("decode", () => {
  it("tries UTF-8 before GB18030 and follows a mark", () => {
    expect(decode(new Uint8Array([0xc4, 0xe3]))).toEqual({ text: "你", encoding: "gb18030" });
    expect(decode(new TextEncoder().encode("你")).encoding).toBe("utf-8");
    expect(decode(new Uint8Array([0xff, 0xfe, 0x60, 0x4f]))).toEqual({ text: "你", encoding: "utf-16le" });
  });

  it("guesses what is neither, and knows that it does", () => {
    const french = new Uint8Array([0x63, 0x61, 0x66, 0xe9, 0x20, 0x6e, 0x6f, 0x69, 0x72]);
    expect(decode(french)).toEqual({ text: "café noir", encoding: "windows-1252" });
    expect(["utf-8", "utf-16le", "gb18030", "windows-1252"].map(isGuessed)).toEqual([false, false, true, true]);
  });

  it("is not misled by a character that is cut in two", () => {
    expect(decode(new TextEncoder().encode("你好").slice(0, 5))).toEqual({ text: "你", encoding: "utf-8" });
  });
});

describe("readHead", () => {
  it("reads no more than the beginning of a large file", async () => {
    const line = "some text that is long enough,label\n";
    const file = new File(["text,label\n", line.repeat(20_000)], "big.csv");
    const table = await readHead(file);
    expect(table?.rows).toHaveLength(HEAD_ROWS);
    expect(table?.numRows).toBeLessThanOrEqual(HEAD_BYTES / line.length);
  });

  it("leaves Parquet and other binary files to the server", async () => {
    expect(await readHead(new File(["PAR1 and so on"], "x.parquet"))).toBeNull();
    expect(await readHead(new File([new Uint8Array(100)], "x.csv"))).toBeNull();
  });
});

it("keeps empty cells and drops empty lines", () => {
  expect(parseDelimited("a,,\n\n,b", ",")).toEqual([["a", "", ""], ["", "b"]]);
});
