/** JSON as somebody types it: what it says, where each part stands, what is wrong first, and what could come at the caret. */

export type Path = readonly string[];

export interface JsonProblem {
  kind: "unexpected" | "trailing" | "unclosed" | "duplicate" | "empty";
  offset: number;
  /** The piece of text that should not stand there, or the name that stands twice. */
  found: string;
}

export interface JsonDocument {
  value: unknown;
  /** Path, its names joined by dots -> where the name of the part stands, or the part itself in a list. */
  places: ReadonlyMap<string, number>;
  problem: JsonProblem | null;
}

interface Token {
  kind: "mark" | "string" | "word";
  text: string;
  start: number;
  isClosed: boolean;
}

/** Where the caret is: which object, whether a name or a value is wanted, and what of it is typed already. */
export interface CaretContext {
  path: Path;
  wants: "name" | "value";
  typed: string;
  from: number;
  to: number;
  /** Names that the object has before the caret. */
  used: readonly string[];
  /** The kind (`"type"`) of each object around the caret, by its path, as far as it is said before the caret. */
  kinds: ReadonlyMap<string, string>;
}

const TOKEN = /[{}[\]:,]|"(?:\\.|[^"\\\n])*("?)|[^\s{}[\]:,"]+/g;

function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKEN)].map((match) => {
    const [piece, closing] = match;
    const kind = piece.startsWith('"') ? "string" : piece.length === 1 && "{}[]:,".includes(piece) ? "mark" : "word";
    return { kind, text: piece, start: match.index, isClosed: kind !== "string" || closing === '"' };
  });
}

export function joined(path: Path): string {
  return path.join(".");
}

class Stop extends Error {
  readonly problem: JsonProblem;
  constructor(problem: JsonProblem) {
    super(problem.kind);
    this.problem = problem;
  }
}

/** Reads a text; `value` is undefined where it has a problem. */
export function readJson(text: string): JsonDocument {
  const tokens = tokensOf(text);
  const places = new Map<string, number>();
  let at = 0;
  const peek = () => tokens[at]?.text;
  const refuse = (token: Token | undefined): never => {
    if (token === undefined) throw new Stop({ kind: tokens.length === 0 ? "empty" : "unclosed", offset: text.trimEnd().length, found: "" });
    throw new Stop({ kind: token.isClosed ? "unexpected" : "unclosed", offset: token.start, found: token.text });
  };
  const take = (wanted: string) => {
    if (peek() !== wanted) refuse(tokens[at]);
    at += 1;
  };
  const scalar = (): unknown => {
    const token = tokens[at];
    if (token === undefined || token.kind === "mark" || !token.isClosed) return refuse(token);
    try {
      const value: unknown = JSON.parse(token.text);
      at += 1;
      return value;
    } catch {
      return refuse(token);
    }
  };
  const items = (end: string, one: () => void) => {
    at += 1;
    if (peek() !== end) {
      one();
      while (peek() === ",") {
        const comma = tokens[at]?.start ?? 0;
        at += 1;
        if (peek() === end) throw new Stop({ kind: "trailing", offset: comma, found: "," });
        one();
      }
    }
    take(end);
  };
  const value = (path: Path): unknown => {
    if (peek() === "{") {
      const found: Record<string, unknown> = {};
      items("}", () => {
        const token = tokens[at];
        const name = token?.kind === "string" ? scalar() : refuse(token);
        if (typeof name !== "string" || token === undefined) return;
        if (Object.hasOwn(found, name)) throw new Stop({ kind: "duplicate", offset: token.start, found: name });
        places.set(joined([...path, name]), token.start);
        take(":");
        found[name] = value([...path, name]);
      });
      return found;
    }
    if (peek() === "[") {
      const found: unknown[] = [];
      items("]", () => {
        const place = [...path, String(found.length)];
        places.set(joined(place), tokens[at]?.start ?? text.length);
        found.push(value(place));
      });
      return found;
    }
    return scalar();
  };
  try {
    const found = value([]);
    if (tokens[at] !== undefined) refuse(tokens[at]);
    return { value: found, places, problem: null };
  } catch (error) {
    if (error instanceof Stop) return { value: undefined, places, problem: error.problem };
    throw error;
  }
}

/** The part at a path, or the nearest part around it that stands in the text. */
export function placeOf(places: JsonDocument["places"], path: string): number {
  const names = path.split(".");
  for (let length = names.length; length > 0; length -= 1) {
    const found = places.get(names.slice(0, length).join("."));
    if (found !== undefined) return found;
  }
  return 0;
}

/** Line and column of an offset, both from 1. */
export function lineOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

interface Level {
  isObject: boolean;
  name: string | null;
  hasColon: boolean;
  names: string[];
  index: number;
}

/** What the caret stands at; null where neither a name nor a value belongs. Works on texts that are not whole. */
export function contextAt(text: string, caret: number): CaretContext | null {
  const levels: Level[] = [];
  const kinds = new Map<string, string>();
  const pathOf = () => levels.slice(0, -1).flatMap((level) => (level.isObject ? (level.name ?? []) : String(level.index)));
  let typed: Token | null = null;
  let hasValue = false;
  for (const token of tokensOf(text)) {
    if (token.start >= caret) break;
    const end = token.start + token.text.length;
    if (token.kind !== "mark" && (caret < end || (caret === end && !(token.kind === "string" && token.isClosed)))) {
      typed = token;
      break;
    }
    const level = levels.at(-1);
    if (token.text === "{" || token.text === "[") {
      levels.push({ isObject: token.text === "{", name: null, hasColon: false, names: [], index: 0 });
      hasValue = false;
    } else if (token.text === "}" || token.text === "]") {
      levels.pop();
      hasValue = true;
    } else if (token.text === ":") {
      if (level) level.hasColon = true;
      hasValue = false;
    } else if (token.text === ",") {
      if (level) Object.assign(level, { name: null, hasColon: false, index: level.index + 1 });
      hasValue = false;
    } else if (level?.isObject === true && !level.hasColon && token.kind === "string") {
      level.name = token.text.slice(1, -1);
      level.names.push(level.name);
    } else {
      hasValue = true;
      if (level?.name === "type") kinds.set(joined(pathOf()), token.text.replaceAll('"', ""));
    }
  }
  const level = levels.at(-1);
  if (level === undefined || hasValue) return null;
  const wantsName = level.isObject && !level.hasColon;
  if (wantsName && level.name !== null) return null;
  const own = wantsName ? [] : [level.isObject ? (level.name ?? "") : String(level.index)];
  return {
    path: [...pathOf(), ...own],
    wants: wantsName ? "name" : "value",
    typed: typed === null ? "" : text.slice(typed.start, caret).replace(/^"/, ""),
    from: typed?.start ?? caret,
    to: typed === null ? caret : typed.start + typed.text.length,
    used: level.names,
    kinds,
  };
}
