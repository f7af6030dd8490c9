import { execFileSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { type ApiCall, curlCode, pythonCode } from "@/lib/api-call.ts";

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
    expect(after(words, "-X")).toEqual(call.method === "POST" && call.body === undefined ? ["POST"] : []);
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
    if (call.body !== undefined) expect(JSON.parse(body as string)).toEqual(plain(call.body));
    if (call.file !== undefined) expect([body, headers["Upload-length"]]).toEqual(["a,b\n1,2", "7"]);
  });

  it("holds no key", () => {
    for (const call of Object.values(calls)) expect(pythonCode(ORIGIN, call) + curlCode(ORIGIN, call)).not.toContain("ann_live");
  });
});
