import type { QueryClient } from "@tanstack/react-query";

import { jobHistoryQuery, jobQuery } from "@/features/jobs/job-first-queries.ts";
import { tenantOf } from "@/lib/share-link.ts";

const JOB = /^\/jobs\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?$/;

/**
 * Asks at once what the page of an address will ask when it is there: a job of many points takes long to answer, and until then the session,
 * the words and the page itself can come. An answer that is a refusal is forgotten: the page asks for itself.
 */
export function askAhead(client: QueryClient, place: Pick<Location, "pathname" | "search">): void {
  const id = JOB.exec(place.pathname)?.[1];
  // An address that names its organisation may have to be entered first.
  if (id === undefined || tenantOf(place) !== null) return;
  client.query(jobQuery(id)).catch(() => undefined);
  client.query(jobHistoryQuery(id)).catch(() => undefined);
}
