/** Server-sent events that do not give up: the browser's own reconnect where it works, ours where it stops. */
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 15_000;

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

/** Opens the stream and returns what closes it. */
export function openEventStream(options: Options): () => void {
  const makeSource = options.makeSource ?? ((url) => new EventSource(url, { withCredentials: true }));
  let after = options.after;
  let delay = FIRST_DELAY_MS;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let source: EventSource | null = null;
  let isClosed = false;

  const stop = () => {
    isClosed = true;
    if (timer !== null) clearTimeout(timer);
    source?.close();
  };

  const connect = () => {
    if (isClosed) return;
    options.onState("connecting");
    const current = makeSource(options.url(after));
    source = current;
    current.onopen = () => {
      delay = FIRST_DELAY_MS;
      options.onState("live");
    };
    current.onerror = () => {
      if (isClosed) return;
      options.onState("lost");
      // CONNECTING: the browser tries again on its own, with Last-Event-ID. CLOSED: it gave up (a 502, say), so we do.
      if (current.readyState !== 2) return;
      current.close();
      timer = setTimeout(connect, delay);
      delay = Math.min(delay * 2, MAX_DELAY_MS);
    };
    for (const type of options.types) {
      current.addEventListener(type, (event) => {
        const message = event as MessageEvent<string>;
        const seq = seqOf(message.lastEventId);
        if (seq !== null) after = Math.max(after, seq);
        options.onEvent({ type, seq, data: parse(message.data) });
      });
    }
    current.addEventListener(options.endType, () => {
      stop();
      options.onState("ended");
    });
  };

  connect();
  return stop;
}
