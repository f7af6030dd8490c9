/** A request of the API as code to paste: for a shell and for Python, from one description. No code holds a key, only its variable. */
export interface ApiCall {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query, below the origin. */
  path: string;
  /** Beside the key and what the body asks for. */
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, in one piece, by the upload protocol (tus); the answer's `Location` ends in the id of the upload. */
  file?: string;
  /** Where the answer goes; shown when left out. */
  saveAs?: string;
  /** The answer goes on for as long as there is something to tell, a line at a time. */
  isStream?: boolean;
  /** The address alone is the permission. */
  needsNoKey?: boolean;
}

/** A request of what is to be done, and what it is for. */
export interface CodeStep {
  label: string;
  call: ApiCall;
}

/** Requests that belong together; `title` null where all of them do. */
export interface CodeGroup {
  title: string | null;
  steps: readonly CodeStep[];
}

/** Whether something in it is for the reader to fill in: words in capitals with underscores stand for that. */
export function hasBlanks({ path, body }: ApiCall): boolean {
  return /(?:[/"=,]|%2C)[A-Z]+(?:_[A-Z]+)+(?:$|[/"& ]|%2C)/.test(`${path} ${json(body ?? null)}`);
}

const KEY = "ANNEAL_API_KEY";
/** A body that is longer than this stands in several lines. */
const ONE_LINE = 76;

/** The call for any POSIX shell, with curl. */
export function curlCode(origin: string, call: ApiCall): string {
  const { method, path, headers = {}, body, file, saveAs, isStream, needsNoKey } = call;
  // What curl does by itself.
  const isUsual = method === (body === undefined ? "GET" : "POST");
  const parts = [
    `curl ${isStream ? "-N " : ""}${isUsual ? "" : `-X ${method} `}${file === undefined ? "" : "-i "}${shellWord(origin + path)}`,
    ...(needsNoKey ? [] : [`-H "Authorization: Bearer $${KEY}"`]),
    ...Object.entries(headers).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
    ...(file === undefined
      ? []
      : [
          ...Object.entries(uploadHeaders(file)).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
          `-H "Upload-Length: $(wc -c < ${shellWord(file)} | tr -d ' ')"`,
          `--data-binary ${shellWord(`@${file}`)}`,
        ]),
    ...(body === undefined ? [] : [`-H ${shellWord("Content-Type: application/json")}`, `-d ${quoted(json(body))}`]),
    ...(saveAs === undefined ? [] : [`-o ${shellWord(saveAs)}`]),
  ];
  return parts.join(" \\\n  ");
}

/** The call in Python, without any library. `use` says what happens with `answer`. */
export function pythonCode(origin: string, call: ApiCall, use: readonly string[] = usualUse(call)): string {
  const { method, path, body, file, needsNoKey } = call;
  const isJsonRead = use.some((line) => line.includes("json."));
  const headers = [
    ...(needsNoKey ? [] : [`"Authorization": "Bearer " + os.environ["${KEY}"]`]),
    ...Object.entries(call.headers ?? {}).map(([name, value]) => `${literal(name)}: ${literal(value)}`),
    ...(body === undefined ? [] : [`"Content-Type": "application/json"`]),
    ...(file === undefined ? [] : [...Object.entries(uploadHeaders(file)).map(([name, value]) => `${literal(name)}: ${literal(value)}`), `"Upload-Length": str(len(body))`]),
  ];
  return [
    ...(isJsonRead || body !== undefined ? ["import json"] : []),
    ...(needsNoKey ? [] : ["import os"]),
    "import urllib.request",
    "",
    ...(body === undefined ? [] : [`body = ${literal(body)}`]),
    ...(file === undefined ? [] : [`with open(${literal(file)}, "rb") as file:`, "    body = file.read()"]),
    "request = urllib.request.Request(",
    `    ${literal(origin + path)},`,
    ...(body === undefined ? [] : ["    data=json.dumps(body).encode(),"]),
    ...(file === undefined ? [] : ["    data=body,"]),
    ...(headers.length === 0 ? [] : ["    headers={", ...headers.map((header) => `        ${header},`), "    },"]),
    `    method="${method}",`,
    ")",
    "with urllib.request.urlopen(request) as answer:",
    ...use.map((line) => `    ${line}`),
  ].join("\n");
}

function usualUse({ method, file, saveAs, isStream }: ApiCall): string[] {
  if (isStream) return ["for line in answer:", `    print(line.decode(), end="")`];
  if (method === "DELETE") return ["print(answer.status)"];
  if (file !== undefined) return [`print(answer.headers["Location"])`];
  if (saveAs !== undefined) return [`with open(${literal(saveAs)}, "wb") as file:`, "    file.write(answer.read())"];
  return ["print(json.load(answer))"];
}

function uploadHeaders(file: string): Record<string, string> {
  const name = btoa(String.fromCharCode(...new TextEncoder().encode(file)));
  return { "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Metadata": `filename ${name}` };
}

function json(value: unknown): string {
  const line = JSON.stringify(value);
  return line.length > ONE_LINE ? JSON.stringify(value, null, 2) : line;
}

/** Nothing has a meaning for the shell between single quotes but their end. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text);
}

/** As Python writes it. Texts are escaped in Python as they are in JSON. */
function literal(value: unknown, indent = ""): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}    `;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const parts = (deeper: string) =>
    Array.isArray(value)
      ? value.map((part) => literal(part, deeper))
      : Object.entries(value).flatMap(([name, part]) => (part === undefined ? [] : [`${JSON.stringify(name)}: ${literal(part, deeper)}`]));
  const line = `${open}${parts("").join(", ")}${close}`;
  if (line.length <= ONE_LINE && !line.includes("\n")) return line;
  return [open, ...parts(inner).map((part) => `${inner}${part},`), `${indent}${close}`].join("\n");
}
