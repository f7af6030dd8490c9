// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { openEventStream, seqOf, type StreamEvent, type StreamState, wakeEventStreams } from "@/lib/event-stream.ts";

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

  const open = () =>
    openEventStream({
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

  beforeEach(() => {
    vi.useFakeTimers();
    sources.length = 0;
    seen.length = 0;
    states.length = 0;
    close = open();
  });

  afterEach(() => {
    close();
    vi.restoreAllMocks();
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
    vi.advanceTimersByTime(30_000);
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

  it("stays while pings come, and tells nobody of them", () => {
    sources[0]?.onopen?.();
    for (let told = 0; told < 10; told += 1) {
      vi.advanceTimersByTime(15_000);
      sources[0]?.say("ping", "", {});
    }
    expect(sources).toHaveLength(1);
    expect(states).toEqual(["connecting", "live"]);
    expect(seen).toEqual([]);
  });

  it("takes a silent line for lost, closes it and goes on behind the last event", () => {
    sources[0]?.onopen?.();
    sources[0]?.say("metrics", "12", {});
    vi.advanceTimersByTime(35_000);
    expect(sources).toHaveLength(1);
    vi.advanceTimersByTime(5000);
    expect(sources.map(({ url, readyState }) => [url, readyState])).toEqual([["/stream?after=7", 2], ["/stream?after=12", 0]]);
    expect(states).toEqual(["connecting", "live", "lost", "connecting"]);
  });

  it("hears nothing more from a line that it gave up", () => {
    vi.advanceTimersByTime(40_000);
    sources[0]?.say("metrics", "9", {});
    sources[0]?.onerror?.();
    sources[0]?.say("end", "9", {});
    expect(seen).toEqual([]);
    expect(states).toEqual(["connecting", "lost", "connecting"]);
  });

  /** As after a sleep, in which no timer ran. */
  const sleep = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

  it.each([
    ["the line comes back", () => window.dispatchEvent(new Event("online"))],
    ["the page is looked at", () => document.dispatchEvent(new Event("visibilitychange"))],
    ["somebody signed in again", wakeEventStreams],
  ])("looks at once when %s, and leaves a line alone that lives", (_, happen) => {
    sources[0]?.onopen?.();
    sleep(10_000);
    happen();
    expect(sources).toHaveLength(1);
    sleep(60_000);
    happen();
    expect(sources).toHaveLength(2);
    if (sources[1]) sources[1].readyState = 2;
    sources[1]?.onerror?.();
    happen();
    expect(sources).toHaveLength(3);
    // The try that was to come is this one.
    vi.advanceTimersByTime(5000);
    expect(sources).toHaveLength(3);
  });

  const see = (visibility: DocumentVisibilityState) => {
    vi.spyOn(document, "visibilityState", "get").mockReturnValue(visibility);
    document.dispatchEvent(new Event("visibilitychange"));
  };

  it("gives its line back while nobody sees the page, and goes on where it was when somebody does", () => {
    sources[0]?.onopen?.();
    sources[0]?.say("metrics", "12", {});
    see("hidden");
    vi.advanceTimersByTime(9000);
    see("visible");
    vi.advanceTimersByTime(5000);
    expect(sources.map(({ readyState }) => readyState), "a glance elsewhere costs nothing").toEqual([0]);
    see("hidden");
    vi.advanceTimersByTime(120_000);
    window.dispatchEvent(new Event("online"));
    wakeEventStreams();
    expect(sources.map(({ readyState }) => readyState)).toEqual([2]);
    expect(states.at(-1), "nothing is wrong").toBe("live");
    see("visible");
    expect(sources.map(({ url, readyState }) => [url, readyState])).toEqual([["/stream?after=7", 2], ["/stream?after=12", 0]]);
  });

  it("waits in a tab that was opened behind another one", () => {
    close();
    see("hidden");
    close = open();
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(1);
    see("visible");
    expect(sources).toHaveLength(2);
  });

  it("does nothing once closed", () => {
    sources[0]?.onopen?.();
    see("hidden");
    close();
    vi.advanceTimersByTime(120_000);
    see("visible");
    window.dispatchEvent(new Event("online"));
    wakeEventStreams();
    expect(sources).toHaveLength(1);
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
