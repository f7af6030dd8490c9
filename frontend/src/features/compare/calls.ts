import type { Asked } from "@/features/compare/compare-address.ts";
import { call } from "@/lib/call.ts";

function queryOf({ ids, baseline }: Asked) {
  return { ids: ids.join(","), ...(baseline === null ? {} : { baseline }) };
}

/** Requests about several jobs side by side. */
export const compareCalls = {
  compare: (asked: Asked) => call("code.compare", "get", "/api/v1/jobs/compare", { params: { query: queryOf(asked) } }),
  rows: (asked: Asked, offset: number, limit: number) => call("code.compare_rows", "get", "/api/v1/jobs/compare/rows", { params: { query: { ...queryOf(asked), offset, limit } } }),
};
