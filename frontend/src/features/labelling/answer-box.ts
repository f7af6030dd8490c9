import { type ApiError, asApiError } from "@/lib/api-error.ts";
import type { LabelValue } from "@/lib/api-types.ts";

/** What somebody said about a row: an answer, nothing (skipped), or that they take it back. */
export interface Entry {
  rowId: number;
  kind: "answer" | "skip" | "undo";
  value: LabelValue | null;
  seconds: number;
  /** Tells a later word about the same row from an earlier one. */
  stamp: string;
}

/** What the server did not take, and why. */
export interface Refusal extends Entry {
  message: string;
}

export interface BoxState {
  /** Said, and not yet at the server. */
  pending: readonly Entry[];
  isSending: boolean;
  /** The server could not be reached, or answered that it cannot just now. */
  isStuck: boolean;
  refused: readonly Refusal[];
}

export type Send = (entry: Entry) => Promise<void>;
export type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/**
 * Answers on their way to the server. Each is kept in the browser before anything is sent and forgotten only when the server
 * has it, so that a lost connection, a reload or a closed window loses nothing. What it refuses is kept too, and sent again when the
 * page is opened again: a session that was closed may be open by then. Of several words about a row the last one counts.
 */
export class AnswerBox {
  private readonly key: string;
  private readonly keep: Keep;
  private readonly send: Send;
  private readonly listeners = new Set<() => void>();
  private state: BoxState;
  private flushing: Promise<void> | null = null;

  constructor(key: string, keep: Keep, send: Send) {
    this.key = key;
    this.keep = keep;
    this.send = send;
    this.state = { pending: this.read() ?? [], isSending: false, isStuck: false, refused: [] };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): BoxState => this.state;

  /** Keep an answer and send it with all others that wait. */
  put(entry: Entry): void {
    const others = this.kept().filter((one) => one.rowId !== entry.rowId);
    this.set({ refused: this.state.refused.filter((one) => one.rowId !== entry.rowId) });
    this.write([...others, entry]);
    void this.flush();
  }

  /** Send what waits, one after the other, in the order in which it was said. */
  flush(): Promise<void> {
    this.flushing ??= this.sendAll().finally(() => {
      this.flushing = null;
    });
    return this.flushing;
  }

  private async sendAll(): Promise<void> {
    for (let entry = this.pending()[0]; entry !== undefined; entry = this.pending()[0]) {
      this.set({ isSending: true });
      try {
        await this.send(entry);
      } catch (error) {
        const known = asApiError(error);
        // Signed out is no reason to throw work away: it waits until somebody signs in again.
        if (known.isTemporary || known.isUnauthenticated) {
          this.set({ isSending: false, isStuck: true });
          return;
        }
        if (!wasNotThere(entry, known)) {
          this.refuse(entry, known.message);
          continue;
        }
      }
      this.forget(entry);
    }
    this.set({ isSending: false, isStuck: false });
  }

  /** Unless a later word about the row came meanwhile: that one is sent. */
  private refuse(entry: Entry, message: string): void {
    if (this.kept().some((one) => one.stamp === entry.stamp)) this.set({ refused: [...this.state.refused, { ...entry, message }] });
    this.set({ pending: this.pending() });
  }

  /** Also when a later word about the row came meanwhile: that one stays. */
  private forget(entry: Entry): void {
    this.write(this.kept().filter((one) => one.stamp !== entry.stamp));
  }

  private pending(): readonly Entry[] {
    return this.unrefused(this.kept());
  }

  private unrefused(entries: readonly Entry[]): readonly Entry[] {
    return entries.filter((one) => !this.state.refused.some((other) => other.stamp === one.stamp));
  }

  /** Read again each time, since another window of the same session may have said something. */
  private kept(): readonly Entry[] {
    return this.read() ?? [...this.state.refused, ...this.state.pending];
  }

  private read(): Entry[] | null {
    try {
      const text = this.keep.getItem(this.key);
      return text === null ? [] : (JSON.parse(text) as Entry[]);
    } catch {
      return null;
    }
  }

  private write(entries: readonly Entry[]): void {
    try {
      if (entries.length === 0) this.keep.removeItem(this.key);
      else this.keep.setItem(this.key, JSON.stringify(entries));
    } catch {
      // A browser that keeps nothing: the answers wait in this window, which warns before it is closed.
    }
    this.set({ pending: this.unrefused(entries) });
  }

  private set(changed: Partial<BoxState>): void {
    this.state = { ...this.state, ...changed };
    for (const listener of this.listeners) listener();
  }
}

function wasNotThere(entry: Entry, error: ApiError): boolean {
  return entry.kind === "undo" && error.code === "annotation.not_found";
}
