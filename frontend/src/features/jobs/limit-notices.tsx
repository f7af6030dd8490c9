import { Notice } from "@/components/notice.tsx";
import type { Estimate } from "@/lib/api-types.ts";

/** As the server tells it, or in words of the page. */
export type LimitHit = Pick<Estimate["limits"][number], "field" | "message">;

/** What would end a run before it is finished, or keep the next one waiting. */
export function LimitNotices({ hits }: { hits: readonly LimitHit[] }) {
  return hits.map(({ field, message }) => (
    <Notice key={`${field} ${message}`} tone="warning">
      {message}
    </Notice>
  ));
}
