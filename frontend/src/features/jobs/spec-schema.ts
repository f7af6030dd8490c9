import { type CaretContext, joined, type Path } from "@/lib/json-text.ts";

/** As much of a JSON schema as the published one uses. */
export interface SchemaNode {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  description?: string;
  properties?: Readonly<Record<string, SchemaNode>>;
  patternProperties?: Readonly<Record<string, SchemaNode>>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  anyOf?: readonly SchemaNode[];
  oneOf?: readonly SchemaNode[];
  allOf?: readonly SchemaNode[];
}

export interface SpecSchema {
  root: SchemaNode;
  parts: Readonly<Record<string, SchemaNode>>;
}

export interface Suggestion {
  text: string;
  /** What is put into the text. */
  insert: string;
  hint: string;
}

const ROOT = "JobCreateRequest";

/** The schema of a launch, out of the whole document that the API publishes. */
export function specSchema(document: unknown): SpecSchema | null {
  const parts = (document as { components?: { schemas?: Record<string, SchemaNode> } } | null)?.components?.schemas;
  const root = parts?.[ROOT];
  return parts === undefined || root === undefined ? null : { root, parts };
}

/** Every form that a node may take, references followed. */
function forms(node: SchemaNode, schema: SpecSchema): SchemaNode[] {
  const target = node.$ref === undefined ? undefined : schema.parts[node.$ref.split("/").at(-1) ?? ""];
  const inside = [...(target ? [target] : []), ...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  return inside.length === 0 ? [node] : inside.flatMap((part) => forms(part, schema));
}

/** Whether a form is of a kind, as its `type` says. */
function isKind(form: SchemaNode, kind: string, schema: SpecSchema): boolean {
  const own = form.properties?.["type"];
  return own === undefined || forms(own, schema).some((part) => part.const === kind || part.enum?.includes(kind) === true) || own.const === kind || own.default === kind;
}

function nodesAt(schema: SpecSchema, path: Path, kinds: CaretContext["kinds"]): SchemaNode[] {
  let nodes: SchemaNode[] = [schema.root];
  path.forEach((name, depth) => {
    const kind = kinds.get(joined(path.slice(0, depth)));
    nodes = nodes
      .flatMap((node) => forms(node, schema))
      .filter((form) => kind === undefined || isKind(form, kind, schema))
      .flatMap((form) => {
        const ofPattern = Object.entries(form.patternProperties ?? {}).find(([pattern]) => new RegExp(pattern, "u").test(name))?.[1];
        const part = form.properties?.[name] ?? ofPattern ?? (typeof form.additionalProperties === "object" ? form.additionalProperties : form.items);
        return part === undefined ? [] : [part];
      });
  });
  return nodes;
}

/** What a setting is where it is left out; undefined where nothing is said. */
export function defaultAt(schema: SpecSchema, path: Path, kinds: CaretContext["kinds"]): unknown {
  return nodesAt(schema, path, kinds).find((node) => node.default !== undefined)?.default;
}

/** The names of parts in the order of the schema. */
export function orderOf(schema: SpecSchema): string[] {
  return Object.keys(schema.root.properties ?? {});
}

/** Names or closed values that could come at the caret, those that begin with what is typed first. */
export function suggestionsAt(schema: SpecSchema, context: CaretContext): Suggestion[] {
  const found = context.wants === "name" ? nameSuggestions(schema, context) : valueSuggestions(schema, context);
  const typed = context.typed.toLowerCase();
  const fits = [...new Map(found.map((one) => [one.text, one])).values()].filter(({ text }) => text.toLowerCase().includes(typed) && text !== context.typed);
  return fits.sort((a, b) => Number(b.text.toLowerCase().startsWith(typed)) - Number(a.text.toLowerCase().startsWith(typed)));
}

function nameSuggestions(schema: SpecSchema, { path, kinds, used }: CaretContext): Suggestion[] {
  const kind = kinds.get(joined(path));
  return nodesAt(schema, path, kinds)
    .flatMap((node) => forms(node, schema))
    .filter((form) => kind === undefined || isKind(form, kind, schema))
    .flatMap((form) => Object.entries(form.properties ?? {}))
    .filter(([name]) => !used.includes(name))
    .map(([name, part]) => ({ text: name, insert: `"${name}": `, hint: part.description ?? "" }));
}

function valueSuggestions(schema: SpecSchema, { path, kinds }: CaretContext): Suggestion[] {
  const closed = (node: SchemaNode): readonly unknown[] => {
    if (node.const !== undefined) return [node.const];
    if (node.enum !== undefined) return node.enum;
    if (node.type === "boolean") return [true, false];
    return node.type === "null" ? [null] : [];
  };
  const hints = nodesAt(schema, path, kinds);
  const values = hints.flatMap((node) => forms(node, schema)).flatMap(closed);
  const kept = path.at(-1) === "type" ? nodesAt(schema, path.slice(0, -1), new Map()).flatMap((node) => forms(node, schema)).flatMap((form) => kindOf(form, schema)) : [];
  return [...values, ...kept].map((value) => ({ text: String(value), insert: JSON.stringify(value), hint: "" }));
}

function kindOf(form: SchemaNode, schema: SpecSchema): unknown[] {
  const own = form.properties?.["type"];
  return own === undefined ? [] : [own, ...forms(own, schema)].flatMap((node) => (node.const === undefined ? (node.enum ?? []) : [node.const]));
}
