import type { JobForm } from "@/features/jobs/job-form.ts";

/** When a job has had enough: never, by time (seconds, as text) or by money. */
export type LimitKind = "none" | "time" | "money";
export interface Limit {
  kind: LimitKind;
  amount: string;
}

/** A single training has its budget among the limits, a search its own. The same decision is written to either. */
const PLACES = { time: { single: "budget_seconds", search: "maxSeconds" }, money: { single: "budget_cost", search: "maxCost" } } as const;
type Limited = Pick<JobForm, "numbers" | "search">;

function amountOf({ numbers, search }: Limited, kind: LimitKind): string {
  if (kind === "none") return "";
  const { single, search: ofSearch } = PLACES[kind];
  return (search.type === "none" ? (numbers[single] ?? "") : search[ofSearch]).trim();
}

/** Which limit is set, whoever has set it. */
export function kindIn(form: Limited): LimitKind {
  return amountOf(form, "time") !== "" ? "time" : amountOf(form, "money") !== "" ? "money" : "none";
}

export function limitOf(form: JobForm): Limit {
  return { kind: form.limit, amount: amountOf(form, form.limit) };
}

/** Whether a limit was chosen without saying how much. */
export function isLimitMissing(form: JobForm): boolean {
  return form.limit !== "none" && amountOf(form, form.limit) === "";
}

/** The form with this limit and no other. */
export function withLimit(form: JobForm, { kind, amount }: Limit): JobForm {
  const isSingle = form.search.type === "none";
  const numbers = Object.fromEntries(Object.entries(form.numbers).filter(([key]) => key !== PLACES.time.single && key !== PLACES.money.single));
  const single = isSingle && kind !== "none" && amount !== "" ? { [PLACES[kind].single]: amount } : {};
  const ofSearch = { maxSeconds: !isSingle && kind === "time" ? amount : "", maxCost: !isSingle && kind === "money" ? amount : "" };
  return { ...form, limit: kind, numbers: { ...numbers, ...single }, search: { ...form.search, ...ofSearch } };
}

/** After a change: a search that was begun or given up takes its limits along, and one that was typed among the expert settings counts. */
export function settled(form: JobForm, before: JobForm): JobForm {
  const wasSearch = before.search.type !== "none";
  const isSearch = form.search.type !== "none";
  let next = form;
  if (isSearch && !wasSearch) {
    const { [PLACES.time.single]: seconds = "", [PLACES.money.single]: cost = "", ...numbers } = form.numbers;
    next = { ...form, numbers, search: { ...form.search, maxSeconds: form.search.maxSeconds || seconds, maxCost: form.search.maxCost || cost } };
  } else if (!isSearch && wasSearch) {
    const { maxSeconds, maxCost } = form.search;
    const moved = { ...(maxSeconds === "" ? {} : { budget_seconds: maxSeconds }), ...(maxCost === "" ? {} : { budget_cost: maxCost }) };
    next = { ...form, numbers: { ...form.numbers, ...moved }, search: { ...form.search, maxSeconds: "", maxCost: "" } };
  }
  const found = kindIn(next);
  // Emptying the field of a limit that was chosen does not take the choice back; a limit typed elsewhere makes it.
  return found === "none" || amountOf(next, next.limit) !== "" ? next : { ...next, limit: found };
}
