/** Whether the rows of one version fit into another, part by part. The server decides by the same rule. */
import type { DataRole, DatasetVersion, TaskRole } from "@/lib/api-types.ts";

/** `only_there`: it would be lost, so that the versions cannot be merged. */
export type Fit = "fits" | "only_here" | "only_there";

export interface PartFit {
  role: DataRole;
  here: string | null;
  there: string | null;
  fit: Fit;
}

type Mapped = Pick<DatasetVersion, "mapping">;

/** The column that a version's part comes from, if it has the part. */
export function columnOf({ mapping }: Mapped, role: DataRole): string | null {
  const column = mapping[role];
  return typeof column === "string" && column !== "" ? column : null;
}

/** Every part that either version has. */
export function partFits(here: Mapped, there: Mapped, roles: readonly Pick<TaskRole, "role">[]): PartFit[] {
  return roles.flatMap(({ role }) => {
    const [ours, theirs] = [columnOf(here, role), columnOf(there, role)];
    if (ours === null && theirs === null) return [];
    return [{ role, here: ours, there: theirs, fit: theirs === null ? "only_here" : ours === null ? "only_there" : "fits" }];
  });
}

/** Labels of the other version that this one has not. */
export function newLabels(here: Pick<DatasetVersion, "labels">, there: Pick<DatasetVersion, "labels">): string[] {
  const known = new Set(here.labels.map(({ label }) => label));
  return there.labels.map(({ label }) => label).filter((label) => !known.has(label));
}
