import { describe, expect, it, vi } from "vitest";

import { answersCsv, answersJsonl } from "@/features/models/batch-answers.ts";
import { type BatchFile, BatchFileError, batchRows, readBatchFile } from "@/features/models/batch-file.ts";
import { guessMapping, isComplete, questionOf } from "@/features/models/batch-questions.ts";
import { type Ask, BatchRun, type Outcome } from "@/features/models/batch-run.ts";
import { ApiError } from "@/lib/api-error.ts";
import type { Prediction, Question } from "@/lib/api-types.ts";

function labelled(label: string): Prediction {
  return { kind: "labels", labels: [{ label, score: 0.9 }], num_tokens: 3, is_truncated: false };
}

function refusalOf(text: string): string {
  try {
    batchRows(text);
  } catch (error) {
    if (error instanceof BatchFileError) return error.said.key;
  }
  return "taken";
}

describe("a file of rows", () => {
  it("is read as CSV with quotes, line ends and semicolons in it", () => {
    const { columns, rows, form } = batchRows('id;text\r\n1;"where; is\nit"\r\n2;"say ""hi"""\r\n');
    expect({ columns, form }).toEqual({ columns: ["id", "text"], form: "csv" });
    expect(rows.map(({ number, cells }) => [number, ...cells])).toEqual([[1, "1", "where; is\nit"], [2, "2", 'say "hi"']]);
  });

  it("is read as JSON lines whose keys need not be alike", () => {
    const { columns, rows } = batchRows('{"text": "a"}\n\n{"text": "b", "tokens": ["x"]}\nnot json\n[1]\n');
    expect(columns).toEqual(["text", "tokens"]);
    expect(rows.map(({ number, problem }) => [number, problem?.key ?? null])).toEqual([[1, null], [2, null], [3, "answered_file.row_json"], [4, "answered_file.row_json"]]);
    expect(rows[1]?.cells).toEqual(["b", ["x"]]);
  });

  it("names a row that has too many cells or too few", () => {
    const { rows } = batchRows("a,b\n1,2\n1\n1,2,3\n");
    expect(rows.map(({ problem }) => problem?.params["count"] ?? null)).toEqual([null, 1, 3]);
  });

  it.each([
    ["", "answered_file.empty"],
    ["  \n ", "answered_file.empty"],
    ["text", "answered_file.no_rows"],
    ["a,a\n1,2", "answered_file.same_column"],
    ["PK\u0003\u0000\u0000", "answered_file.no_table"],
    [`text\n${"x\n".repeat(20_001)}`, "answered_file.too_many"],
    ['{"broken', "answered_file.no_rows"],
  ])("is refused with a reason: %j", (text, key) => {
    expect(refusalOf(text)).toBe(key);
  });

  it("is read in the encoding that it has", async () => {
    const gb18030 = new Uint8Array([0x74, 0x65, 0x78, 0x74, 0x0a, 0xc4, 0xe3, 0xba, 0xc3]);
    const read = await readBatchFile(new File([gb18030], "问.csv"));
    expect([read.encoding, read.rows[0]?.cells[0], read.name]).toEqual(["gb18030", "你好", "问.csv"]);
  });

  it("is not even read when it is too large", async () => {
    const file = new File(["text\nx"], "big.csv");
    Object.defineProperty(file, "size", { value: 21 * 2 ** 20 });
    await expect(readBatchFile(file)).rejects.toThrow("answered_file.too_large");
  });
});

describe("columns", () => {
  it("are found by name, and the only one is the only field", () => {
    expect([...guessMapping("pair_classification", ["id", "Text_B", "text_a"])]).toEqual([["text_a", 2], ["text_b", 1]]);
    expect([...guessMapping("classification", ["Nachricht"])]).toEqual([["text", 0]]);
    expect([...guessMapping("chat", ["id", "messages"])]).toEqual([["messages", 1]]);
    expect(isComplete(guessMapping("classification", ["a", "b"]))).toBe(false);
  });

  it("become questions, with lists as JSON, on lines, or as they are", () => {
    const ask = (task: string, columns: string[], cells: unknown[]) => questionOf({ number: 1, cells, problem: null }, guessMapping(task, columns));
    expect(ask("ranking", ["query", "candidates"], ["q", "a\n b \n\n"])).toEqual({ question: { query: "q", candidates: ["a", "b"] } });
    expect(ask("ranking", ["query", "candidates"], ["q", '["a, b", "c"]'])).toEqual({ question: { query: "q", candidates: ["a, b", "c"] } });
    expect(ask("token_classification", ["tokens", "tags"], ["one two", ""])).toEqual({ question: { tokens: ["one", "two"] } });
    const messages = [{ role: "user", content: "hi" }];
    expect(ask("chat", ["id", "messages"], [1, messages])).toEqual({ question: { messages } });
    expect(ask("classification", ["text"], [42])).toEqual({ question: { text: "42" } });
  });

  it("that are blank or too long are told without asking", () => {
    const mapping = guessMapping("classification", ["text"]);
    const said = (cell: unknown) => questionOf({ number: 1, cells: [cell], problem: null }, mapping);
    for (const blank of ["", "  ", null, undefined, { a: 1 }]) expect(said(blank)).toMatchObject({ said: { key: "answered_file.row_blank" } });
    expect(said("x".repeat(20_001))).toMatchObject({ said: { key: "answered_file.row_long" } });
  });
});

function rowsOf(count: number) {
  return Array.from({ length: count }, (_, index) => ({ question: { text: `t${index}` } satisfies Question }));
}

/** A server that answers each text with itself, unless told otherwise. */
function serverOf(refuse: (texts: string[], call: number) => ApiError | null = () => null) {
  const calls: string[][] = [];
  const ask: Ask = (questions) => {
    const texts = questions.map((question) => (typeof question["text"] === "string" ? question["text"] : ""));
    calls.push(texts);
    const error = refuse(texts, calls.length);
    if (error) return Promise.reject(error);
    return Promise.resolve({ model_version_id: "v", predictions: texts.map(labelled), is_cold: false, milliseconds: 1 });
  };
  return { ask, calls };
}

function answersOf(run: BatchRun): (string | null)[] {
  return run.outcomes.map((outcome) => {
    if (outcome === undefined) return null;
    if ("message" in outcome) return `! ${outcome.message}`;
    if ("said" in outcome) return `! ${outcome.said.key}`;
    return outcome.prediction.kind === "labels" ? (outcome.prediction.labels[0]?.label ?? "") : "?";
  });
}

const noWait = () => Promise.resolve();
const gone = new ApiError({ status: 503, code: "model_server.unavailable", message: "Not just now" });

describe("a run", () => {
  it("answers every row in portions, in order", async () => {
    const { ask, calls } = serverOf();
    const run = new BatchRun(rowsOf(5), 2, ask, { wait: noWait });
    await run.start();
    expect(calls).toEqual([["t0", "t1"], ["t2", "t3"], ["t4"]]);
    expect(answersOf(run)).toEqual(["t0", "t1", "t2", "t3", "t4"]);
    expect(run.progress).toMatchObject({ status: "done", numDone: 5, numFailed: 0 });
  });

  it("waits for a server that is away, and stops with the rows named when it stays away", async () => {
    const wait = vi.fn(noWait);
    let isAway = true;
    const { ask, calls } = serverOf((texts) => (isAway && texts.includes("t2") ? gone : null));
    const run = new BatchRun(rowsOf(6), 2, ask, { wait });
    await run.start();
    expect(run.progress).toMatchObject({ status: "stopped", numDone: 2, error: gone, failedRows: [3, 4] });
    expect(wait).toHaveBeenCalledTimes(3);
    expect(answersOf(run)).toEqual(["t0", "t1", null, null, null, null]);
    isAway = false;
    calls.length = 0;
    await run.start();
    expect(calls).toEqual([["t2", "t3"], ["t4", "t5"]]);
    expect(answersOf(run)).toEqual(["t0", "t1", "t2", "t3", "t4", "t5"]);
    expect(run.progress).toMatchObject({ status: "done", error: null, failedRows: null });
  });

  it("gives the row that the server names its reason, and asks about the others again", async () => {
    const wrong = (texts: string[]) => (texts.includes("t1") ? new ApiError({ status: 400, code: "predict.too_long", message: "Too long", param: `inputs[${texts.indexOf("t1")}].text` }) : null);
    const { ask } = serverOf(wrong);
    const run = new BatchRun(rowsOf(4), 3, ask, { wait: noWait });
    await run.start();
    expect(answersOf(run)).toEqual(["t0", "! Too long", "t2", "t3"]);
    expect(run.progress).toMatchObject({ status: "done", numFailed: 1 });
  });

  it("finds the wrong row by itself where the server names none", async () => {
    const { ask, calls } = serverOf((texts) => (texts.includes("t1") ? new ApiError({ status: 413, code: "request.too_large", message: "Too large" }) : null));
    const run = new BatchRun(rowsOf(5), 3, ask, { wait: noWait });
    await run.start();
    expect(answersOf(run)).toEqual(["t0", "! Too large", "t2", "t3", "t4"]);
    expect(calls).toEqual([["t0", "t1", "t2"], ["t0"], ["t1"], ["t2"], ["t3", "t4"]]);
  });

  it("stops at once for what no waiting mends", async () => {
    const { ask, calls } = serverOf(() => new ApiError({ status: 404, code: "model_version.not_found", message: "Gone" }));
    const run = new BatchRun(rowsOf(3), 1, ask, { wait: noWait });
    await run.start();
    expect(calls).toHaveLength(1);
    expect(run.progress).toMatchObject({ status: "stopped", numDone: 0, failedRows: [1, 1] });
  });

  it("keeps what is answered when it is stopped in the middle, and goes on from there", async () => {
    let run: BatchRun | null = null;
    let isFirst = true;
    const server = serverOf();
    const ask: Ask = async (questions, signal) => {
      const answer = await server.ask(questions, signal);
      if (server.calls.length === 2 && isFirst) {
        isFirst = false;
        run?.stop();
        throw new DOMException("aborted", "AbortError");
      }
      return answer;
    };
    run = new BatchRun(rowsOf(4), 1, ask, { wait: noWait });
    await run.start();
    expect(run.progress).toMatchObject({ status: "stopped", numDone: 1, error: null, failedRows: null });
    await run.start();
    expect(answersOf(run)).toEqual(["t0", "t1", "t2", "t3"]);
  });

  it("never asks about rows that are none", async () => {
    const { ask, calls } = serverOf();
    const run = new BatchRun([{ said: { key: "answered_file.row_json", params: {} } }, ...rowsOf(1)], 8, ask, { wait: noWait });
    await run.start();
    expect(calls).toEqual([["t0"]]);
    expect(answersOf(run)).toEqual(["! answered_file.row_json", "t0"]);
    expect(run.progress).toMatchObject({ status: "done", numDone: 2, numFailed: 1 });
  });

  it("does not take an answer with a row too few for one", async () => {
    const run = new BatchRun(rowsOf(2), 2, () => Promise.resolve({ model_version_id: "v", predictions: [labelled("x")], is_cold: false, milliseconds: 1 }), { wait: noWait });
    await run.start();
    expect(answersOf(run)).toEqual([null, null]);
    expect(run.progress.status).toBe("stopped");
  });
});

describe("answers as files", () => {
  const file: BatchFile = {
    name: "q.csv",
    form: "csv",
    encoding: "utf-8",
    columns: ["text", "prediction", "amount"],
    rows: [
      { number: 1, cells: ['say "hi",\nplease', "old", "-5"], problem: null },
      { number: 2, cells: ["=cmd()", "old", "+49 (30)"], problem: null },
    ],
  };
  const outcomes: Outcome[] = [{ prediction: labelled("@label") }, { message: "Too long" }];
  const tell = (outcome: Outcome | undefined) => (outcome !== undefined && "message" in outcome ? outcome.message : null);

  it("keep the rows as they were, under names that are free, and start no formula", () => {
    expect(answersCsv(file, outcomes, tell)).toBe(
      '\uFEFFtext,prediction,amount,prediction_2,score,problem\r\n"say ""hi"",\nplease",old,-5,\'@label,0.9,\r\n\'=cmd(),old,\'+49 (30),,,Too long\r\n',
    );
  });

  it("have the whole answer on each line of JSON", () => {
    const lines = answersJsonl(file, outcomes, tell).trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toEqual({ row: 1, input: { text: 'say "hi",\nplease', prediction: "old", amount: "-5" }, prediction: labelled("@label"), problem: null });
    expect(lines[1]).toMatchObject({ row: 2, prediction: null, problem: "Too long" });
  });
});
