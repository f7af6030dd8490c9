import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { openEventStream, seqOf, type StreamEvent, type StreamState } from "@/lib/event-stream.ts";

/** An EventSource whose server the test plays. */
class FakeSource extends EventTarget {
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
  }

  close(): void {
    this.readyState = 2;
  }

  say(type: string, id: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data), lastEventId: id }));
  }
}

describe("openEventStream", () => {
  const sources: FakeSource[] = [];
  const seen: StreamEvent[] = [];
  const states: StreamState[] = [];
  let close: () => void = () => undefined;

  beforeEach(() => {
    vi.useFakeTimers();
    sources.length = 0;
    seen.length = 0;
    states.length = 0;
    close = openEventStream({
      url: (after) => `/stream?after=${after}`,
      after: 7,
      types: ["metrics"],
      endType: "end",
      onEvent: (event) => seen.push(event),
      onState: (state) => states.push(state),
      makeSource: (url) => {
        const source = new FakeSource(url);
        sources.push(source);
        return source as unknown as EventSource;
      },
    });
  });

  afterEach(() => {
    close();
    vi.useRealTimers();
  });

  it("starts behind what is known already", () => {
    expect(sources[0]?.url).toBe("/stream?after=7");
  });

  it("leaves a short loss to the browser, which sends Last-Event-ID", () => {
    const source = sources[0];
    source?.onopen?.();
    if (source) source.readyState = 0;
    source?.onerror?.();
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(1);
    expect(states).toEqual(["connecting", "live", "lost"]);
  });

  it("goes on behind the last event when the browser has given up", () => {
    const source = sources[0];
    source?.say("metrics", "12", { a: 1 });
    if (source) source.readyState = 2;
    source?.onerror?.();
    vi.advanceTimersByTime(1000);
    expect(sources[1]?.url).toBe("/stream?after=12");
  });

  it("waits longer each time, and at once again after a success", () => {
    const fail = () => {
      const last = sources.at(-1);
      if (last) last.readyState = 2;
      last?.onerror?.();
    };
    fail();
    vi.advanceTimersByTime(1000);
    expect(sources).toHaveLength(2);
    fail();
    vi.advanceTimersByTime(1000);
    expect(sources).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    expect(sources).toHaveLength(3);
    sources[2]?.onopen?.();
    fail();
    vi.advanceTimersByTime(1000);
    expect(sources).toHaveLength(4);
  });

  it("ends when the server says so, for good", () => {
    sources[0]?.say("end", "13", {});
    sources[0]?.onerror?.();
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(1);
    expect(states.at(-1)).toBe("ended");
  });

  it("hands over broken data as null instead of breaking", () => {
    sources[0]?.dispatchEvent(new MessageEvent("metrics", { data: "{half", lastEventId: "8" }));
    expect(seen).toEqual([{ type: "metrics", seq: 8, data: null }]);
  });

  it("reads only whole numbers as positions", () => {
    expect([seqOf("12"), seqOf(""), seqOf("abc"), seqOf("-3")]).toEqual([12, null, null, null]);
  });
});
