import { call } from "@/lib/call.ts";

/** What is asked from anywhere. */
export const overviewCalls = {
  search: (q: string) => call("code.search_all", "get", "/api/v1/search", { params: { query: { q } } }),
};
