import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { DirectUpload, StoreRefused, StoreUnreachable } from "@/features/datasets/direct-upload.ts";
import * as fixtures from "@/testing/fixtures.ts";
import { useStubServer } from "@/testing/render-app.tsx";
import { problem, type StubApi } from "@/testing/stub-api.ts";

const ID = fixtures.uuid(91);
const PART = 4;
const TEXT = "abcdefghij";

/** An object store that takes parts; `refuse` says how a PUT is answered instead, 0 for a line that breaks. */
class Store {
  readonly parts = new Map<number, string>();
  readonly puts: number[] = [];
  underWay = 0;
  mostUnderWay = 0;
  refuse: (number: number, nth: number) => number | null = () => null;

  async put(url: string, body: Blob): Promise<number> {
    const number = Number(new URL(url).searchParams.get("part"));
    this.puts.push(number);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    const text = await body.text();
    this.underWay -= 1;
    const refused = this.refuse(number, this.puts.filter((one) => one === number).length);
    if (refused === null) this.parts.set(number, text);
    return refused ?? 200;
  }
}

let store = new Store();
let stub: StubApi;

class FakeRequest {
  upload: { onprogress: ((event: { loaded: number }) => void) | null } = { onprogress: null };
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;
  status = 0;
  private url = "";

  open(_method: string, url: string): void {
    this.url = url;
  }

  send(body: Blob): void {
    void store.put(this.url, body).then((status) => {
      this.status = status;
      if (status === 0) this.onerror?.();
      else {
        this.upload.onprogress?.({ loaded: body.size });
        this.onload?.();
      }
    });
  }

  abort(): void {
    this.onabort?.();
  }
}

function answer(received: number[]) {
  const upload = { id: ID, filename: "a.csv", split: "train", size_bytes: TEXT.length, offset_bytes: 0, state: "receiving", sha256: null, problem: null };
  return { upload, part_bytes: PART, num_parts: 3, received };
}

beforeEach(() => {
  store = new Store();
  stub = useStubServer();
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  stub.on("POST", "/api/v1/uploads/direct", () => ({ status: 201, body: answer([]) }));
  stub.on("GET", "/api/v1/uploads/{id}", () => ({ status: 200, body: answer([]).upload }));
  stub.on("GET", "/api/v1/uploads/{id}/parts", () => ({ status: 200, body: answer([...store.parts.keys()]) }));
  stub.on("POST", "/api/v1/uploads/{id}/parts", ({ body }) => {
    const [number] = (body as { numbers: number[] }).numbers;
    return { status: 200, body: { parts: [{ number, url: `https://store.example.com/?part=${String(number)}` }], expires_s: 900 } };
  });
  stub.on("POST", "/api/v1/uploads/{id}/finish", () => ({ status: 200, body: answer([]).upload }));
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function sent(uploadId: string | null = null) {
  const progress: number[] = [];
  const begun: string[] = [];
  const end = new Promise<string | Error>((resolve) => {
    new DirectUpload(new File([TEXT], "a.csv"), {
      uploadId,
      split: "train",
      onBegun: (id) => begun.push(id),
      onProgress: (bytes) => progress.push(bytes),
      onSuccess: resolve,
      onError: (error) => resolve(error as Error),
      retryDelays: [0, 0],
    }).start();
  });
  return { end, progress, begun };
}

const asked = (path: string) => stub.requests.filter((request) => request.path.endsWith(path)).map(({ method }) => method);

it("sends every part once, several at a time, and finishes", async () => {
  const { end, progress, begun } = sent();
  expect(await end).toBe(ID);
  expect(Object.fromEntries(store.parts)).toEqual({ 1: "abcd", 2: "efgh", 3: "ij" });
  expect([store.puts.length, store.mostUnderWay > 1, begun, progress.at(-1)]).toEqual([3, true, [ID], TEXT.length]);
  expect(stub.requests.find(({ path }) => path.endsWith("/direct"))?.body).toEqual({ filename: "a.csv", split: "train", size_bytes: TEXT.length });
  expect(asked("/finish")).toEqual(["POST"]);
});

it("is begun once, however soon it is paused and goes on", async () => {
  let upload: DirectUpload | null = null;
  const end = new Promise((resolve) => {
    upload = new DirectUpload(new File([TEXT], "a.csv"), {
      uploadId: null,
      split: "auto",
      onBegun: () => undefined,
      onProgress: () => undefined,
      onSuccess: resolve,
      onError: resolve,
    });
    upload.start();
    void upload.abort();
    upload.start();
  });
  expect(await end).toBe(ID);
  expect(asked("/direct")).toEqual(["POST"]);
});

it("sends nothing again that arrived before", async () => {
  store.parts.set(2, "efgh");
  const { end, begun } = sent(ID);
  expect(await end).toBe(ID);
  expect([[...store.puts].sort(), begun]).toEqual([[1, 3], []]);
});

it("sends nothing when only the last answer was lost", async () => {
  stub.on("GET", "/api/v1/uploads/{id}", () => ({ status: 200, body: { ...answer([]).upload, state: "received" } }));
  expect(await sent(ID).end).toBe(ID);
  expect([store.puts, asked("/finish")]).toEqual([[], []]);
});

it("asks for another address when one is worth nothing any more", async () => {
  store.refuse = (number, nth) => (number === 2 && nth === 1 ? 403 : null);
  expect(await sent().end).toBe(ID);
  expect(store.puts.filter((number) => number === 2)).toHaveLength(2);
  expect(asked("/parts")).toHaveLength(4);
});

it("goes on through a line that breaks, and gives up what is refused each time", async () => {
  store.refuse = (number, nth) => (number === 3 && nth === 1 ? 0 : null);
  expect(await sent().end).toBe(ID);
  store = new Store();
  store.refuse = (number) => (number === 3 ? 507 : null);
  const error = await sent().end;
  expect(error).toBeInstanceOf(StoreRefused);
  expect((error as StoreRefused).status).toBe(507);
  expect(asked("/finish")).toHaveLength(1);
});

it("says that the store cannot be reached when nothing ever arrives", async () => {
  store.refuse = () => 0;
  expect(await sent().end).toBeInstanceOf(StoreUnreachable);
});

it("begins anew when the server has forgotten the upload", async () => {
  stub.on("GET", "/api/v1/uploads/{id}/parts", () => problem(410, "upload.expired", "It expired."));
  const { end, begun } = sent(ID);
  expect(await end).toBe(ID);
  expect(begun).toEqual([ID]);
});
