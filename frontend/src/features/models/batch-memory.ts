/** A file and its answers, which this browser keeps until the file is closed, or for a week: a reload loses neither. */
import type { BatchFile } from "@/features/models/batch-file.ts";
import type { BatchMapping } from "@/features/models/batch-questions.ts";
import type { BatchRun, Outcome } from "@/features/models/batch-run.ts";
import { type BrowserStore, inStore } from "@/lib/browser-store.ts";
import { readKept, writeKept } from "@/lib/kept-json.ts";

/** Writing all answers takes a moment, and what was answered since is asked for again at worst. */
const EVERY_MS = 3000;
const WEEK_MS = 7 * 86_400_000;
const STORE: BrowserStore = { database: "anneal-answers", name: "batches" };
/** When each was begun. */
const BEGUN = "anneal.batches";

export interface KeptBatch {
  file: BatchFile;
  mapping: BatchMapping;
  outcomes: readonly (Outcome | undefined)[];
}

type Asked = Pick<KeptBatch, "file" | "mapping">;

function begun(): Record<string, number> {
  const found = readKept("localStorage", BEGUN);
  return typeof found === "object" && found !== null ? Object.fromEntries(Object.entries(found).filter((entry): entry is [string, number] => typeof entry[1] === "number")) : {};
}

function answersOf(key: string): string {
  return `${key} answers`;
}

export async function forgetBatch(key: string): Promise<void> {
  const { [key]: known, ...others } = begun();
  if (known === undefined) return;
  writeKept("localStorage", BEGUN, Object.keys(others).length === 0 ? null : others);
  for (const one of [key, answersOf(key)]) await inStore(STORE, "readwrite", (store) => store.delete(one));
}

/** Null where nothing is kept. What is older than a week is forgotten, whoever's it is. */
export async function keptBatch(key: string): Promise<KeptBatch | null> {
  for (const [old, at] of Object.entries(begun())) if (Date.now() - at > WEEK_MS) await forgetBatch(old);
  if (begun()[key] === undefined) return null;
  const asked = await inStore(STORE, "readonly", (store) => store.get(key) as IDBRequest<Asked | undefined>);
  const outcomes = await inStore(STORE, "readonly", (store) => store.get(answersOf(key)) as IDBRequest<KeptBatch["outcomes"] | undefined>);
  return asked ? { ...asked, outcomes: outcomes ?? [] } : null;
}

/** Keeps the answers of a run as they come. */
export async function rememberBatch(key: string, asked: Asked, run: BatchRun): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const write = () => {
    timer = null;
    if (begun()[key] !== undefined) void inStore(STORE, "readwrite", (store) => store.put(run.outcomes, answersOf(key)));
  };
  run.subscribe(() => {
    if (run.progress.status === "running") {
      timer ??= setTimeout(write, EVERY_MS);
      return;
    }
    if (timer !== null) clearTimeout(timer);
    write();
  });
  writeKept("localStorage", BEGUN, { ...begun(), [key]: Date.now() });
  await inStore(STORE, "readwrite", (store) => store.put(asked, key));
}
