import { pageAt } from "@/lib/call.ts";

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

/** All of a list, asked for page by page; of its first pages alone where no more are wanted. */
export async function everyPage<T>(ask: (query: PageQuery) => Promise<Page<T>>, mostPages = Infinity): Promise<{ data: T[] }> {
  const data: T[] = [];
  let cursor: string | null = null;
  for (let number = 0; number < mostPages; number += 1) {
    const page: Page<T> = await ask({ limit: MOST, ...pageAt(cursor) });
    data.push(...page.data);
    cursor = page.next_cursor;
    if (cursor === null) break;
  }
  return { data };
}
