import { beforeEach, describe, expect, it } from "vitest";

import { AnswerBox, type Entry, type Keep, type Send } from "@/features/labelling/answer-box.ts";
import { ApiError, OFFLINE } from "@/lib/api-error.ts";

const KEY = "box";

/** What a browser keeps. */
let kept: Keep;

beforeEach(() => {
  const all = new Map<string, string>();
  kept = {
    getItem: (key) => all.get(key) ?? null,
    setItem: (key, value) => void all.set(key, value),
    removeItem: (key) => void all.delete(key),
  };
});

function entry(rowId: number, label: string, kind: Entry["kind"] = "answer"): Entry {
  return { rowId, kind, value: kind === "answer" ? { label } : null, seconds: 1, stamp: `${rowId}-${label}-${kind}` };
}

function server() {
  const got: Entry[] = [];
  const state = { error: null as ApiError | null };
  const send: Send = (one) => {
    if (state.error) return Promise.reject(state.error);
    got.push(one);
    return Promise.resolve();
  };
  return { got, state, send };
}

const offline = () => new ApiError({ status: 0, code: OFFLINE, message: "no connection" });

describe("AnswerBox", () => {
  it("keeps answers while the server cannot be reached, also over a reload, and sends them in order", async () => {
    const far = server();
    far.state.error = offline();
    const box = new AnswerBox(KEY, kept, far.send);
    box.put(entry(1, "refund"));
    box.put(entry(2, "delay"));
    await box.flush();
    expect(box.snapshot()).toMatchObject({ isSending: false, isStuck: true });
    const again = new AnswerBox(KEY, kept, far.send);
    expect(again.snapshot().pending.map((one) => one.rowId)).toEqual([1, 2]);
    far.state.error = null;
    await again.flush();
    expect(far.got.map((one) => one.value)).toEqual([{ label: "refund" }, { label: "delay" }]);
    expect(again.snapshot()).toMatchObject({ pending: [], isStuck: false, isSending: false });
    expect(kept.getItem(KEY)).toBeNull();
  });

  it("sends the last word about a row and no other", async () => {
    const far = server();
    far.state.error = offline();
    const box = new AnswerBox(KEY, kept, far.send);
    box.put(entry(1, "refund"));
    await box.flush();
    box.put(entry(1, "", "undo"));
    await box.flush();
    box.put(entry(1, "delay"));
    await box.flush();
    far.state.error = null;
    await box.flush();
    expect(far.got.map((one) => one.value)).toEqual([{ label: "delay" }]);
  });

  it("does not lose a word that comes while an earlier one about the row is on its way", async () => {
    const got: Entry[] = [];
    const release: (() => void)[] = [];
    const box = new AnswerBox(KEY, kept, (one) => {
      got.push(one);
      return new Promise((resolve) => release.push(resolve));
    });
    box.put(entry(1, "refund"));
    box.put(entry(1, "delay"));
    const done = box.flush();
    release[0]?.();
    await Promise.resolve();
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    expect(box.snapshot().pending.map((one) => one.value)).toEqual([{ label: "delay" }]);
    await expect.poll(() => release.length).toBe(2);
    release[1]?.();
    await done;
    expect(got.map((one) => one.value)).toEqual([{ label: "refund" }, { label: "delay" }]);
    expect(box.snapshot().pending).toEqual([]);
  });

  it("tells a refusal by its row and goes on with the others", async () => {
    const got: number[] = [];
    const box = new AnswerBox(KEY, kept, (one) => {
      if (one.rowId === 1) return Promise.reject(new ApiError({ status: 409, code: "labelling.closed", message: "The session is closed." }));
      got.push(one.rowId);
      return Promise.resolve();
    });
    box.put(entry(1, "refund"));
    box.put(entry(2, "delay"));
    await box.flush();
    expect(got).toEqual([2]);
    expect(box.snapshot()).toMatchObject({ pending: [], refused: [{ rowId: 1, message: "The session is closed." }] });
  });

  it("keeps what was refused over a reload, and sends it when the page is opened again", async () => {
    const far = server();
    far.state.error = new ApiError({ status: 409, code: "labelling.closed", message: "The session is closed." });
    const box = new AnswerBox(KEY, kept, far.send);
    box.put(entry(1, "refund"));
    await box.flush();
    expect(box.snapshot()).toMatchObject({ pending: [], refused: [{ rowId: 1, value: { label: "refund" } }] });
    far.state.error = null;
    await box.flush();
    expect(far.got).toEqual([]);
    const again = new AnswerBox(KEY, kept, far.send);
    await again.flush();
    expect(far.got.map((one) => one.value)).toEqual([{ label: "refund" }]);
    expect(again.snapshot()).toMatchObject({ pending: [], refused: [] });
    expect(kept.getItem(KEY)).toBeNull();
  });

  it("forgets a refused answer when another one about the row is taken", async () => {
    const far = server();
    far.state.error = new ApiError({ status: 400, code: "labelling.unknown_label", message: "No such label." });
    const box = new AnswerBox(KEY, kept, far.send);
    box.put(entry(1, "refund"));
    await box.flush();
    far.state.error = null;
    box.put(entry(1, "delay"));
    await box.flush();
    expect(far.got.map((one) => one.value)).toEqual([{ label: "delay" }]);
    expect(box.snapshot()).toMatchObject({ pending: [], refused: [] });
    expect(kept.getItem(KEY)).toBeNull();
  });

  it("waits for somebody who was signed out, and takes an undo of nothing for done", async () => {
    const far = server();
    far.state.error = new ApiError({ status: 401, code: "auth.required", message: "Sign in." });
    const box = new AnswerBox(KEY, kept, far.send);
    box.put(entry(1, "refund"));
    await box.flush();
    expect(box.snapshot().pending).toHaveLength(1);
    box.put(entry(1, "", "undo"));
    far.state.error = new ApiError({ status: 404, code: "annotation.not_found", message: "Nothing to take back." });
    await box.flush();
    await box.flush();
    expect(box.snapshot()).toMatchObject({ pending: [], refused: [] });
  });

  it("goes on where the browser keeps nothing", async () => {
    const far = server();
    const full = {
      getItem: () => {
        throw new Error("no storage");
      },
      setItem: () => {
        throw new Error("no storage");
      },
      removeItem: () => {
        throw new Error("no storage");
      },
    };
    const box = new AnswerBox(KEY, full, far.send);
    box.put(entry(1, "refund"));
    box.put(entry(2, "delay"));
    await box.flush();
    expect(far.got.map((one) => one.rowId)).toEqual([1, 2]);
    expect(box.snapshot().pending).toEqual([]);
  });
});
