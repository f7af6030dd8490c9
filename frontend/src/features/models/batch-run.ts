/** Rows answered one request after the other. What is answered stays, whatever becomes of the next request. */
import type { Said } from "@/features/models/batch-file.ts";
import type { Asked } from "@/features/models/batch-questions.ts";
import { ApiError, asApiError, UNREADABLE } from "@/lib/api-error.ts";
import type { Prediction, PredictResponse, Question } from "@/lib/api-types.ts";
import { waitFor } from "@/lib/wait-for.ts";

/** An answer, or why there is none and will be none: in our words, or in the server's. */
export type Outcome = { prediction: Prediction } | { said: Said } | { message: string };

export interface Progress {
  status: "ready" | "running" | "stopped" | "done";
  numDone: number;
  numFailed: number;
  /** Why it stopped; null where somebody stopped it. */
  error: ApiError | null;
  /** Rows, from and to, that the failed request was about. */
  failedRows: readonly [number, number] | null;
}

export type Ask = (questions: Question[], signal: AbortSignal) => Promise<PredictResponse>;
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** A model server that loads a model, or restarts, is there again within seconds. */
const WAITS_MS = [2000, 5000, 10_000] as const;
const REFUSED = new Set([400, 413, 422]);
/** How the server names a question of a request: `inputs[3].text`. */
const PLACE = /^inputs[[.](\d+)/;

export class BatchRun {
  readonly outcomes: (Outcome | undefined)[];
  progress: Progress = { status: "ready", numDone: 0, numFailed: 0, error: null, failedRows: null };
  private readonly rows: readonly Asked[];
  private readonly atOnce: number;
  private readonly ask: Ask;
  private readonly wait: Wait;
  private readonly listeners = new Set<() => void>();
  private readonly alone = new Set<number>();
  /** Every row before it has an outcome. */
  private from = 0;
  private numDone = 0;
  private numFailed = 0;
  private controller: AbortController | null = null;

  /** With `kept`, what was answered before: it waits to be told to go on with the rest. */
  constructor(rows: readonly Asked[], atOnce: number, ask: Ask, { wait = waitFor, kept = [] }: { wait?: Wait; kept?: readonly (Outcome | undefined)[] } = {}) {
    this.rows = rows;
    this.atOnce = atOnce;
    this.ask = ask;
    this.wait = wait;
    this.outcomes = rows.map(() => undefined);
    rows.forEach((row, place) => {
      const known = kept[place];
      if ("said" in row) this.settle(place, row);
      else if (known !== undefined) this.settle(place, known);
    });
    this.tell(kept.length === 0 ? {} : { status: this.numDone === rows.length ? "done" : "stopped" });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Answer what is not answered yet. Resolves when there is nothing left, or when it was stopped. */
  async start(): Promise<void> {
    if (this.progress.status === "running" || this.progress.status === "done") return;
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.tell({ status: "running", error: null, failedRows: null });
    for (let chunk = this.next(); chunk.length > 0; chunk = this.next()) {
      try {
        await this.answer(chunk, signal);
      } catch (error) {
        const [first = 0] = chunk;
        const last = chunk.at(-1) ?? first;
        this.tell({ status: "stopped", ...(signal.aborted ? {} : { error: asApiError(error), failedRows: [first + 1, last + 1] }) });
        return;
      }
    }
    this.tell({ status: "done" });
  }

  stop(): void {
    this.controller?.abort();
  }

  /** The first rows that have no outcome; a row of a request that was refused without saying which one it was stands alone. */
  private next(): number[] {
    while (this.from < this.rows.length && this.outcomes[this.from] !== undefined) this.from += 1;
    const chunk: number[] = [];
    for (let place = this.from; place < this.rows.length && chunk.length < this.atOnce; place += 1) {
      if (this.outcomes[place] !== undefined) continue;
      if (this.alone.has(place)) return chunk.length === 0 ? [place] : chunk;
      chunk.push(place);
    }
    return chunk;
  }

  private async answer(chunk: readonly number[], signal: AbortSignal): Promise<void> {
    const questions = chunk.flatMap((place) => {
      const row = this.rows[place];
      return row !== undefined && "question" in row ? [row.question] : [];
    });
    try {
      const { predictions } = await this.askPatiently(questions, signal);
      if (predictions.length !== chunk.length) throw new ApiError({ status: 0, code: UNREADABLE, message: "" });
      chunk.forEach((place, index) => {
        const prediction = predictions[index];
        if (prediction !== undefined) this.settle(place, { prediction });
      });
    } catch (error) {
      const problem = asApiError(error);
      if (signal.aborted || !REFUSED.has(problem.status)) throw error;
      this.refused(chunk, problem);
    }
    this.tell({});
  }

  private async askPatiently(questions: Question[], signal: AbortSignal): Promise<PredictResponse> {
    for (const milliseconds of WAITS_MS) {
      try {
        return await this.ask(questions, signal);
      } catch (error) {
        if (signal.aborted || !asApiError(error).isTemporary) throw error;
        await this.wait(milliseconds, signal);
      }
    }
    return this.ask(questions, signal);
  }

  private settle(place: number, outcome: Outcome): void {
    this.outcomes[place] = outcome;
    this.numDone += 1;
    if (!("prediction" in outcome)) this.numFailed += 1;
  }

  /** One wrong row does not take the others of its request with it. */
  private refused(chunk: readonly number[], problem: ApiError): void {
    const named = [problem.param, ...problem.details.map(({ param }) => param)].flatMap((param) => PLACE.exec(param ?? "")?.[1] ?? []);
    const wrong = [...new Set(named)].map(Number).filter((index) => index < chunk.length);
    const [only] = chunk;
    if (wrong.length === 0 && chunk.length > 1) {
      for (const place of chunk) this.alone.add(place);
      return;
    }
    for (const index of wrong.length > 0 ? wrong : [0]) {
      const place = chunk[index] ?? only;
      const detail = problem.details.find(({ param }) => PLACE.exec(param ?? "")?.[1] === String(index));
      if (place !== undefined) this.settle(place, { message: detail?.message ?? problem.message });
    }
  }

  private tell(change: Partial<Progress>): void {
    this.progress = { ...this.progress, numDone: this.numDone, numFailed: this.numFailed, ...change };
    for (const listener of this.listeners) listener();
  }
}
