/** Which jobs are compared stands in the address, so that a link shows the same. */
export const LEAST_JOBS = 2;
export const MOST_JOBS = 32;

export interface Asked {
  ids: readonly string[];
  /** One of them. */
  baseline: string | null;
}

export function askedOf(query: URLSearchParams): Asked {
  const ids = [...new Set((query.get("jobs") ?? "").split(",").filter((id) => id !== ""))].slice(0, MOST_JOBS);
  const named = query.get("baseline");
  return { ids, baseline: named !== null && ids.includes(named) ? named : (ids[0] ?? null) };
}

/** The first job is the baseline unless another one is named. What else was chosen in an address before stays chosen. */
export function compareAddress({ ids, baseline }: Asked, before?: URLSearchParams): string {
  const named = baseline === null || baseline === ids[0] || !ids.includes(baseline) ? "" : `&baseline=${baseline}`;
  const others = new URLSearchParams(before);
  for (const name of ["jobs", "baseline"]) others.delete(name);
  return `/compare?jobs=${ids.join(",")}${named}${others.size > 0 ? `&${others.toString()}` : ""}`;
}
