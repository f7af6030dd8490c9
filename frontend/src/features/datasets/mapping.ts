import type { DataRole, Dataset, DatasetVersion, TaskRole } from "@/lib/api-types.ts";

/** Which column each role is; null where none was chosen. */
export type Choice = Readonly<Partial<Record<DataRole, string | null>>>;

export function initialChoice(dataset: Dataset): Choice {
  return Object.fromEntries(dataset.roles.map(({ role }) => [role, dataset.mapping?.[role] ?? null]));
}

/** Gives a column to a role. A role that had the column gets the other's in exchange, so that one click corrects a swap. */
export function chosen(choice: Choice, role: DataRole, column: string | null): Choice {
  const before = choice[role] ?? null;
  const others = Object.entries(choice).map(([name, value]) => [name, value !== null && value === column ? before : value] as const);
  return { ...(Object.fromEntries(others) as Choice), [role]: column };
}

/** Roles whose column another role before them has as well. */
export function repeated(roles: readonly TaskRole[], choice: Choice): ReadonlySet<DataRole> {
  const taken = new Set<string>();
  const found = new Set<DataRole>();
  for (const { role } of roles) {
    const column = choice[role] ?? null;
    if (column === null) continue;
    if (taken.has(column)) found.add(role);
    taken.add(column);
  }
  return found;
}

export function isComplete(roles: readonly TaskRole[], choice: Choice): boolean {
  return roles.every(({ role, is_optional }) => is_optional || (choice[role] ?? null) !== null) && repeated(roles, choice).size === 0;
}

const LEARNT: ReadonlySet<TaskRole["kind"]> = new Set(["label", "flag", "labels", "number", "tags", "answers"]);

/** Whether a role is what the model learns to say, and not what it reads. */
export function isLearnt({ kind }: Pick<TaskRole, "kind">): boolean {
  return LEARNT.has(kind);
}

/** The columns of a version in one line: what is read, and what is learnt from it. */
export function mappingText(version: Pick<DatasetVersion, "mapping">, roles: readonly TaskRole[]): string {
  const columns = roles.flatMap(({ role }) => version.mapping[role] ?? []);
  const last = columns.at(-1);
  return columns.length < 2 || last === undefined ? columns.join("") : `${columns.slice(0, -1).join(", ")} → ${last}`;
}
