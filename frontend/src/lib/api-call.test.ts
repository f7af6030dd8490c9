import { execFile, execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";

import { describe, expect, it } from "vitest";

import { type ApiCall, curlCode, hasBlanks, pythonCode } from "@/lib/api-call.ts";

const ORIGIN = "https://anneal.example.com";
const NASTY = `it's "quoted" $HOME \`date\` \\ \n 客服 😀 $(touch /tmp/x) !`;
const launch: ApiCall = {
  method: "POST",
  path: "/api/v1/jobs",
  body: { name: NASTY, dataset_version_id: "v", method: { type: "lora", rank: 8, bias: null }, flags: [true, false], rate: 2e-5, nothing: undefined },
};
const calls: Record<string, ApiCall> = {
  launch,
  short: { method: "POST", path: "/api/v1/jobs/estimate", body: { texts: ["a"] } },
  bare: { method: "POST", path: "/api/v1/artifacts/x/download-link" },
  list: { method: "GET", path: "/api/v1/jobs?state=queued,running&q=a'b" },
  upload: { method: "POST", path: "/api/v1/uploads", file: "客服 'data'.csv" },
  change: { method: "PATCH", path: "/api/v1/jobs/x", body: { name: NASTY } },
  replace: { method: "PUT", path: "/api/v1/datasets/x/mapping", body: { text: NASTY, label: null } },
  remove: { method: "DELETE", path: "/api/v1/uploads/x", headers: { "Tus-Resumable": "1.0.0", "X-Note": "it's \"quoted\" $HOME" } },
  stream: { method: "GET", path: "/api/v1/jobs/x/stream", isStream: true },
  download: { method: "GET", path: "/downloads/TOKEN", saveAs: "it's.zip", needsNoKey: true },
};

/** What a shell hands to curl: the words of the command, with the key in its variable. */
function wordsOf(code: string): string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\nwc() { echo ' 7'; }\n${code.replaceAll(/< \S+ /g, "</dev/null ").replaceAll(/< '[^|]*\|/g, "</dev/null |")}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8", env: { PATH: process.env["PATH"] ?? "", ANNEAL_API_KEY: "the-key" } })
    .split("\0")
    .slice(0, -1);
}

const after = (words: readonly string[], option: string) => words.flatMap((word, at) => (word === option ? [words[at + 1] ?? ""] : []));

/** What Python would send: the code runs with an `urlopen` that tells what it was given. */
function sentByPython(code: string): { url: string; method: string; headers: Record<string, string>; body: unknown } {
  const runner = `
import io, json, os, sys, urllib.request, builtins
os.environ["ANNEAL_API_KEY"] = "the-key"
told = {}
class Answer(io.BytesIO):
    headers = {"Location": "/api/v1/uploads/u"}
    status = 204
def urlopen(request):
    told.update(url=request.full_url, method=request.get_method(), headers=dict(request.header_items()), body=request.data and request.data.decode())
    return Answer(b"{}")
urllib.request.urlopen = urlopen
builtins.open = lambda name, mode: io.BytesIO(b"a,b\\n1,2")
real, sys.stdout = sys.stdout, io.StringIO()
exec(compile(sys.stdin.buffer.read().decode(), "example", "exec"))
real.write(json.dumps(told))
`;
  return JSON.parse(execFileSync("python3", ["-c", runner], { input: code, encoding: "utf8" })) as ReturnType<typeof sentByPython>;
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe("curlCode", () => {
  it.each(Object.entries(calls))("is read by a shell as it was meant: %s", (_, call) => {
    const words = wordsOf(curlCode(ORIGIN, call));
    expect(words).toContain(ORIGIN + call.path);
    expect(after(words, "-H").includes("Authorization: Bearer the-key")).toBe(!call.needsNoKey);
    expect(after(words, "-d").map((body) => JSON.parse(body) as unknown)).toEqual(call.body === undefined ? [] : [plain(call.body)]);
    // A GET, and a POST with a body, is what curl does by itself.
    expect(after(words, "-X")).toEqual(call.method === "GET" || (call.method === "POST" && call.body !== undefined) ? [] : [call.method]);
    expect(words.includes("-N")).toBe(call.isStream === true);
    for (const [name, value] of Object.entries(call.headers ?? {})) expect(after(words, "-H")).toContain(`${name}: ${value}`);
    expect(after(words, "--data-binary")).toEqual(call.file === undefined ? [] : [`@${call.file}`]);
    expect(after(words, "-o")).toEqual(call.saveAs === undefined ? [] : [call.saveAs]);
  });

  it("tells the name and the length of an upload", () => {
    const headers = after(wordsOf(curlCode(ORIGIN, { method: "POST", path: "/api/v1/uploads", file: "data.csv" })), "-H");
    expect(headers).toContain("Upload-Metadata: filename ZGF0YS5jc3Y=");
    expect(headers).toContain("Upload-Length: 7");
  });
});

describe("pythonCode", () => {
  it.each(Object.entries(calls))("compiles and sends what was meant: %s", (_, call) => {
    const { url, method, headers, body } = sentByPython(pythonCode(ORIGIN, call));
    expect([url, method]).toEqual([ORIGIN + call.path, call.method]);
    expect(headers["Authorization"]).toBe(call.needsNoKey ? undefined : "Bearer the-key");
    for (const [name, value] of Object.entries(call.headers ?? {})) expect(Object.entries(headers).find(([sent]) => sent.toLowerCase() === name.toLowerCase())?.[1]).toBe(value);
    if (call.body !== undefined) expect(JSON.parse(body as string)).toEqual(plain(call.body));
    if (call.file !== undefined) expect([body, headers["Upload-length"]]).toEqual(["a,b\n1,2", "7"]);
  });

  it("holds no key", () => {
    for (const call of Object.values(calls)) expect(pythonCode(ORIGIN, call) + curlCode(ORIGIN, call)).not.toContain("ann_live");
  });
});

interface Heard {
  method: string | undefined;
  url: string | undefined;
  key: string | undefined;
  type: string | undefined;
  note: string | undefined;
  body: string;
}

/** Runs a program against a server of this machine, which notes what it hears and answers as the API would; gives both. */
async function toldTo(run: (origin: string) => readonly [file: string, ...words: string[]]): Promise<{ heard: Heard[]; said: string }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { authorization: key, "content-type": type } = request.headers;
      const note = request.headers["x-note"]?.toString();
      heard.push({ method: request.method, url: request.url, key, type, note, body: Buffer.concat(parts).toString() });
      if (request.url?.endsWith("/stream")) response.end("event: end\ndata: {}\n\n");
      else if (request.method === "DELETE") response.writeHead(204).end();
      else response.writeHead(200, { "Content-Type": "application/json" }).end('{"id": "x"}');
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    const [file, ...words] = run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const { stdout } = await promisify(execFile)(file, words, { env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ANNEAL_API_KEY: "the-key" } });
    return { heard, said: stdout };
  } finally {
    server.close();
  }
}

const SENT = ["launch", "change", "replace", "remove", "list", "stream"] as const;

describe("code that is pasted", () => {
  it.each(SENT.flatMap((name) => (["curl", "python3"] as const).map((program) => [program, name] as const)))("is heard by a server as it was meant: %s, %s", async (program, name) => {
    const call = calls[name];
    if (call === undefined) throw new Error(name);
    const { heard, said } = await toldTo((origin) => (program === "curl" ? ["sh", "-c", curlCode(origin, call)] : ["python3", "-c", pythonCode(origin, call)]));
    expect(heard).toEqual([
      {
        method: call.method,
        url: call.path,
        key: "Bearer the-key",
        type: call.body === undefined ? undefined : "application/json",
        note: call.headers?.["X-Note"],
        body: expect.any(String) as string,
      },
    ]);
    expect(heard[0]?.body === "" ? undefined : JSON.parse(heard[0]?.body ?? "")).toEqual(call.body === undefined ? undefined : plain(call.body));
    if (call.isStream) expect(said).toContain("event: end");
    else if (call.method !== "DELETE") expect(said).toContain("x");
    else expect(said).toBe(program === "curl" ? "" : "204\n");
  });
});

describe("hasBlanks", () => {
  it("tells requests that are whole from those with words to fill in", () => {
    expect(hasBlanks({ method: "GET", path: "/api/v1/jobs/JOB_ID/log" })).toBe(true);
    expect(hasBlanks({ method: "GET", path: "/api/v1/jobs?ids=a,OTHER_JOB_ID" })).toBe(true);
    expect(hasBlanks({ method: "POST", path: "/api/v1/jobs", body: { base_model: "BASE_MODEL_ID" } })).toBe(true);
    expect(hasBlanks({ method: "PATCH", path: "/api/v1/jobs/x", body: { name: "GPU run, MINILM_V2 it is" } })).toBe(false);
  });
});
