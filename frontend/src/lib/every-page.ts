interface Page<T> {
  data: readonly T[];
  next_cursor: string | null;
}

/** What a list is asked for: as much as it gives at once, from there on where it goes on. */
export interface PageQuery {
  limit: number;
  cursor?: string;
}

/** The most that a list of the API gives at once. */
const MOST = 100;

/** All of a list, asked for page by page. */
export async function everyPage<T>(ask: (query: PageQuery) => Promise<Page<T>>): Promise<{ data: T[] }> {
  const data: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await ask({ limit: MOST, ...(cursor === null ? {} : { cursor }) });
    data.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return { data };
}
