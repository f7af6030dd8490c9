import type { IncomingMessage, ServerResponse } from "node:http";

import { runnerImport, type Connect, type Plugin } from "vite";

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

/** `npm run dev:stub`: the page with a stand-in for the server, to work on its looks alone. With `vite preview` it is the page as built. */
export function stubPlugin(alias: Record<string, string>): Plugin {
  let stub: Promise<StubApi> | null = null;
  const load = async () => {
    const { module } = await runnerImport<{ StubApi: new () => StubApi }>("/src/testing/stub-api.ts", { configFile: false, resolve: { alias } });
    return new module.StubApi();
  };
  const answer = async (url: URL, request: IncomingMessage, response: ServerResponse) => {
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
    stub ??= load();
    const said = (await stub).handle({ method: request.method ?? "GET", path: url.pathname, query: url.searchParams, headers, body: parse(raw.toString()) });
    response.writeHead(said.status, { "Content-Type": "application/json", ...said.headers });
    response.end(said.body === undefined ? undefined : JSON.stringify(said.body));
  };
  const middleware: Connect.NextHandleFunction = (request: IncomingMessage, response: ServerResponse, next) => {
    const url = new URL(request.url ?? "/", "http://stub");
    if (PREFIXES.some((prefix) => url.pathname.startsWith(prefix))) answer(url, request, response).catch(next);
    else next();
  };
  return {
    name: "anneal-stub",
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => void server.middlewares.use(middleware),
  };
}
