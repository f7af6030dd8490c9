/** A launch as nested parts, whatever somebody has written into it. */
import { defaultAt, type SpecSchema } from "@/features/jobs/spec-schema.ts";
import type { Path } from "@/lib/json-text.ts";

export type LaunchParts = Readonly<Record<string, unknown>>;

export function isParts(value: unknown): value is LaunchParts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A launch and what was kept beside it. What the launch itself says stands, and parts of another kind (`type`) stay away. */
export function joinParts(body: LaunchParts, beside: LaunchParts): LaunchParts {
  const joined: Record<string, unknown> = { ...body };
  for (const [name, part] of Object.entries(beside)) {
    const there = joined[name];
    if (there === undefined) joined[name] = part;
    else if (isParts(there) && isParts(part) && (part["type"] === undefined || part["type"] === there["type"])) joined[name] = joinParts(there, part);
  }
  return joined;
}

/** What of one launch another one lacks. Values that are the defaults anyway are not missed. */
export function partsBeyond(whole: LaunchParts, shown: LaunchParts, schema: SpecSchema | null): LaunchParts {
  const found = beyond(whole, shown, [], new Map(), schema);
  return isParts(found) ? found : {};
}

function beyond(before: unknown, after: unknown, path: Path, kinds: Map<string, string>, schema: SpecSchema | null): unknown {
  if (JSON.stringify(before) === JSON.stringify(after)) return undefined;
  const usual = schema === null ? undefined : defaultAt(schema, path, kinds);
  if (after === undefined && usual !== undefined && JSON.stringify(usual) === JSON.stringify(before)) return undefined;
  if (!isParts(before)) return before ?? undefined;
  const kind = before["type"];
  const inside = typeof kind === "string" ? new Map([...kinds, [path.join("."), kind]]) : kinds;
  const parts = Object.entries(before)
    .filter(([name]) => name !== "type")
    .flatMap(([name, part]) => {
      const more = beyond(part, isParts(after) ? after[name] : undefined, [...path, name], inside, schema);
      return more === undefined ? [] : [[name, more] as const];
    });
  const isOnlyKind = after === undefined && Object.keys(before).every((name) => name === "type") && path.length > 0;
  if (parts.length === 0 && !isOnlyKind) return undefined;
  return { ...(kind === undefined ? {} : { type: kind }), ...Object.fromEntries(parts) };
}

/** Where the values of parts stand, for people to read. */
export function pathsIn(parts: LaunchParts, above: Path = []): string[] {
  return Object.entries(parts).flatMap(([name, part]) => {
    const inside = isParts(part) ? pathsIn(part, [...above, name]) : [];
    if (inside.length > 0) return inside;
    return name === "type" && Object.keys(parts).length > 1 ? [] : [[...above, name].join(".")];
  });
}
