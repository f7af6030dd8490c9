/** Server-sent events that do not give up: the browser's own reconnect where it works, ours where it stops or hears nothing. */
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 15_000;

/** The server says this where it has nothing to tell (`PING_S` in `platform/anneal/jobs/api/stream.py`). */
const PING = "ping";
const PING_MS = 15_000;
/** A line that was silent for so long is dead, whatever the browser says: a machine that slept, a network that changed. */
const SILENCE_MS = 2.5 * PING_MS;
/** How often it is looked: timers stand still while the machine sleeps, the clock does not. */
const LOOK_MS = 5000;
/** A page that nobody has seen for so long hears nothing until it is seen: a browser has six lines to a server, whatever is open. */
const UNSEEN_MS = 10_000;

export type StreamState = "connecting" | "live" | "lost" | "ended";

export interface StreamEvent {
  type: string;
  seq: number | null;
  data: unknown;
}

interface Options {
  /** The address for a start behind `after`; the browser adds Last-Event-ID when it reconnects by itself. */
  url: (after: number) => string;
  after: number;
  types: readonly string[];
  endType: string;
  onEvent: (event: StreamEvent) => void;
  onState: (state: StreamState) => void;
  makeSource?: (url: string) => EventSource;
}

export function seqOf(lastEventId: string): number | null {
  const seq = Number.parseInt(lastEventId, 10);
  return Number.isSafeInteger(seq) && seq >= 0 ? seq : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

const wakes = new Set<() => void>();

/** Streams that are lost or silent try again at once: what kept them away may be over. */
export function wakeEventStreams(): void {
  for (const wake of [...wakes]) wake();
}

/** Opens the stream and returns what closes it. */
export function openEventStream(options: Options): () => void {
  const makeSource = options.makeSource ?? ((url) => new EventSource(url, { withCredentials: true }));
  let after = options.after;
  let delay = FIRST_DELAY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | null = null;
  let heardAt = Date.now();
  let isLost = false;
  let isResting = false;
  let isClosed = false;

  const tell = (state: StreamState) => {
    isLost = state === "lost";
    options.onState(state);
  };

  const connect = () => {
    clearTimeout(timer);
    source?.close();
    isResting = false;
    heardAt = Date.now();
    tell("connecting");
    const current = makeSource(options.url(after));
    source = current;
    // What an earlier source still has to say is of a line that was given up.
    const isOver = () => isClosed || source !== current;
    current.onopen = () => {
      if (isOver()) return;
      delay = FIRST_DELAY_MS;
      heardAt = Date.now();
      tell("live");
    };
    current.onerror = () => {
      if (isOver()) return;
      tell("lost");
      // CONNECTING: the browser tries again on its own, with Last-Event-ID. CLOSED: it gave up (a 502, say), so we do.
      if (current.readyState !== 2) return;
      current.close();
      clearTimeout(timer);
      timer = setTimeout(connect, delay);
      delay = Math.min(delay * 2, MAX_DELAY_MS);
    };
    current.addEventListener(PING, () => {
      if (!isOver()) heardAt = Date.now();
    });
    for (const type of options.types) {
      current.addEventListener(type, (event) => {
        if (isOver()) return;
        heardAt = Date.now();
        const message = event as MessageEvent<string>;
        const seq = seqOf(message.lastEventId);
        if (seq !== null) after = Math.max(after, seq);
        options.onEvent({ type, seq, data: parse(message.data) });
      });
    }
    current.addEventListener(options.endType, () => {
      if (isOver()) return;
      stop();
      options.onState("ended");
    });
  };

  const rest = () => {
    isResting = true;
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const look = () => {
    if (isResting || Date.now() - heardAt < SILENCE_MS) return;
    tell("lost");
    connect();
  };
  const wake = () => {
    if (isLost && !isResting) connect();
    else look();
  };
  let unseen: ReturnType<typeof setTimeout> | undefined;
  const onVisibility = () => {
    clearTimeout(unseen);
    if (document.visibilityState !== "visible") unseen = setTimeout(rest, UNSEEN_MS);
    else if (isResting) connect();
    else wake();
  };
  const watch = setInterval(look, LOOK_MS);
  wakes.add(wake);
  window.addEventListener("online", wake);
  document.addEventListener("visibilitychange", onVisibility);

  const stop = () => {
    isClosed = true;
    clearTimeout(timer);
    clearTimeout(unseen);
    clearInterval(watch);
    wakes.delete(wake);
    window.removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", onVisibility);
    source?.close();
  };

  // A tab that was opened behind another one has its history and waits.
  if (document.visibilityState === "visible") connect();
  else rest();
  return stop;
}
