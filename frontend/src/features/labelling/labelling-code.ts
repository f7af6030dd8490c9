import { labellingCalls } from "@/features/labelling/calls.ts";
import { DISAGREEMENTS_SHOWN } from "@/features/labelling/labelling-queries.ts";
import type { CodeGroup } from "@/lib/api-call.ts";
import type { Dataset, LabelSession } from "@/lib/api-types.ts";
import { blank, ROW_ID } from "@/lib/call-blanks.ts";
import { stepsOf } from "@/lib/call.ts";
import type { Translate } from "@/lib/i18n/translate.ts";

/** The sessions of a dataset, and how one is begun. */
export function sessionsCode({ id, latest_version: version }: Dataset, isWriter: boolean, t: Translate): CodeGroup[] {
  const begin = version && isWriter ? [labellingCalls.start(id, { name: "SESSION_NAME", order: "given", num_rows: 200 }), labellingCalls.score(blank("MODEL_VERSION"), version.id)] : [];
  return [{ title: null, steps: stepsOf([labellingCalls.list(id), ...begin], t) }];
}

/** How a session goes, what people differ on, and its end. */
export function sessionCode({ id, state }: LabelSession, isOwner: boolean, t: Translate): CodeGroup[] {
  const read = [labellingCalls.read(id), labellingCalls.progress(id), labellingCalls.disagreements(id, 0, DISAGREEMENTS_SHOWN)];
  const steer = [
    labellingCalls.change(id, { state: state === "open" ? "closed" : "open" }),
    labellingCalls.decide(id, ROW_ID, { label: "CHOSEN_LABEL" }),
    labellingCalls.finish(id, "majority"),
  ];
  return [{ title: t("code.group.read"), steps: stepsOf(read, t) }, ...(isOwner ? [{ title: t("code.group.change"), steps: stepsOf(steer, t) }] : [])];
}
