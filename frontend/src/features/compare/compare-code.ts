import { compareCalls } from "@/features/compare/calls.ts";
import { type Asked, LEAST_JOBS } from "@/features/compare/compare-address.ts";
import { pointsOf, ROWS_SHOWN } from "@/features/compare/compare-queries.ts";
import { jobCalls } from "@/features/jobs/calls.ts";
import type { CodeGroup } from "@/lib/api-call.ts";
import { blank } from "@/lib/call-blanks.ts";
import { stepsOf } from "@/lib/call.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

/** What is asked for a comparison. */
export function compareCode(asked: Asked, t: Translate): CodeGroup[] {
  const { ids } = asked;
  const whole = ids.length >= LEAST_JOBS ? asked : { ...asked, ids: [ids[0] ?? blank("JOB"), blank("OTHER_JOB")] };
  return [{ title: null, steps: stepsOf([compareCalls.compare(whole), compareCalls.rows(whole, 0, ROWS_SHOWN), ...whole.ids.map((id) => jobCalls.metrics(id, pointsOf(whole.ids.length)))], t) }];
}
