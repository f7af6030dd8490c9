import type { IncomingMessage, ServerResponse } from "node:http";

import type { Connect, Plugin, ViteDevServer } from "vite";

import type { StubApi } from "./stub-api.ts";

const PREFIXES = ["/api/", "/_allauth/", "/downloads/"];

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

/** `npm run dev:stub`: the page with a stand-in for the server, to work on its looks alone. */
export function stubPlugin(): Plugin {
  let stub: StubApi | null = null;
  const middleware =
    (server: ViteDevServer): Connect.NextHandleFunction =>
    (request: IncomingMessage, response: ServerResponse, next) => {
      const url = new URL(request.url ?? "/", "http://stub");
      if (!PREFIXES.some((prefix) => url.pathname.startsWith(prefix))) {
        next();
        return;
      }
      void (async () => {
        if (stub === null) {
          const loaded = (await server.ssrLoadModule("/src/testing/stub-api.ts")) as { StubApi: new () => StubApi };
          stub = new loaded.StubApi();
        }
        if (url.pathname.endsWith("/stream")) {
          response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
          const ping = () => response.write("event: ping\ndata: {}\n\n");
          ping();
          const timer = setInterval(ping, 15_000);
          response.on("close", () => clearInterval(timer));
          return;
        }
        const raw = await bodyOf(request);
        const headers = { ...headersOf(request), "content-length": String(raw.length) };
        const answer = stub.handle({ method: request.method ?? "GET", path: url.pathname, query: url.searchParams, headers, body: parse(raw.toString()) });
        response.writeHead(answer.status, { "Content-Type": "application/json", ...answer.headers });
        response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
      })();
    };
  return { name: "anneal-stub", configureServer: (server) => void server.middlewares.use(middleware(server)) };
}
