interface Place {
  pathname: string;
  search: string;
  hash: string;
}

/** The parameter by which an address says which organisation it belongs to. */
const TENANT = "tenant";

/** The address of a place, for members of its organisation: it opens there whatever else they belong to. */
export function shareLink({ pathname, search, hash }: Place, tenantId: string, origin = location.origin): string {
  const query = new URLSearchParams(search);
  query.set(TENANT, tenantId);
  return `${origin}${pathname}?${query.toString()}${hash}`;
}

/** The organisation that an address names; null where it names none. */
export function tenantOf({ search }: Pick<Place, "search">): string | null {
  return new URLSearchParams(search).get(TENANT)?.toLowerCase() ?? null;
}

/** The same place, without its organisation. */
export function withoutTenant({ pathname, search, hash }: Place): Place {
  const query = new URLSearchParams(search);
  query.delete(TENANT);
  const rest = query.toString();
  return { pathname, search: rest === "" ? "" : `?${rest}`, hash };
}
