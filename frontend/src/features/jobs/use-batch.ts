import { useState } from "react";

import { type BatchAxes, batchRows, totalOf } from "@/features/jobs/batch-form.ts";
import { ownLimits, QUOTA_OF_HOURS, sharedLeft } from "@/features/jobs/batch-limits.ts";
import type { Batch } from "@/features/jobs/batch-section.tsx";
import { isPossible, outcomeOf } from "@/features/jobs/batch-table.tsx";
import type { JobForm } from "@/features/jobs/job-form.ts";
import type { BatchState } from "@/features/jobs/launch-panel.tsx";
import type { BatchDraft } from "@/features/jobs/launch-draft.ts";
import { useEstimates } from "@/features/jobs/use-estimate.ts";
import { useLaunchBatch } from "@/features/jobs/use-launch-batch.ts";
import type { BaseModel, DatasetVersion, Job } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const HOUR_S = 3600;

interface Options {
  form: JobForm;
  models: readonly BaseModel[];
  versions: readonly DatasetVersion[];
  /** What the names of the jobs end with. */
  title: string;
  isAllowed: boolean;
  /** What was said before the page was loaded again. */
  initial: BatchDraft;
}

interface Use extends Batch {
  isOn: boolean;
  isPending: boolean;
  state: BatchState;
  /** What the tab keeps until the batch is sent. */
  draft: BatchDraft;
  restore: (draft: BatchDraft) => void;
  turn: (isOn: boolean) => void;
  setAxes: (axes: BatchAxes) => void;
  toggle: (key: string, isOn: boolean) => void;
  /** All jobs of the batch when every one is made; null when some are not. */
  launch: () => Promise<Job[] | null>;
}

/** Several jobs of one form: what they differ in, which of them are wanted, what they take, and what became of them. */
export function useBatch({ form, models, versions, title, isAllowed, initial }: Options): Use {
  const { t, format } = useI18n();
  const [isOn, setIsOn] = useState(initial.isOn);
  const [axes, setAxes] = useState<BatchAxes>(initial.axes);
  const [out, setOut] = useState<ReadonlySet<string>>(() => new Set(initial.out));
  const { batchId, launch, isPending, outcomes } = useLaunchBatch();
  const rows = isOn
    ? batchRows(form, axes, models, {
        title,
        versionNumber: (id) => versions.find((version) => version.id === id)?.number ?? null,
        methodName: (method) => t(`method.${method}`),
        seedName: (seed) => t("batch.seed", { seed }),
      }).map((row) => ({ ...row, body: row.body && { ...row.body, batch_id: batchId } }))
    : [];
  const estimates = useEstimates(
    rows.map(({ body }) => body),
    isAllowed,
  );
  const wanted = rows.filter((row, index) => !out.has(row.key) && isPossible(row, estimates[index]));
  const isMany = rows.length > 1;
  const bodies = isMany ? wanted.flatMap(({ body }) => body ?? []) : [];
  // Those that were made before something was changed are made all the same.
  const made = [...outcomes.values()].flatMap((outcome) => (outcome.state === "made" ? [outcome.job] : []));
  const known = isMany ? rows.flatMap((row, index) => (wanted.includes(row) ? [estimates[index]?.data ?? null] : [])) : [];
  const total = () => {
    const seconds = totalOf(known.map((data) => data?.seconds));
    if (seconds === null) return null;
    const price = totalOf(known.map((data) => data?.price));
    const currency = known[0]?.currency ?? "";
    const time = t("batch.total_time", { count: known.length, low: format.roughly(seconds.low), high: format.roughly(seconds.high) });
    return price === null ? time : `${time} ${t("estimate.price", { low: format.money(price.low, currency), high: format.money(price.high, currency) })}`;
  };
  const limits = () => {
    const estimated = known.filter((data) => data !== null);
    const left = sharedLeft(estimated);
    const shared = left === null ? [] : [{ field: QUOTA_OF_HOURS, message: t("batch.quota", { left: t("quota.hours", { amount: format.significant(left / HOUR_S) }) }) }];
    return [...ownLimits(estimated), ...shared];
  };
  return {
    isOn,
    isPending,
    axes,
    rows,
    estimates,
    outcomes,
    chosen: new Set(wanted.map(({ key }) => key)),
    state: {
      bodies: wanted.filter((row) => isMany && outcomeOf(row, outcomes)?.state !== "made").flatMap(({ body }) => body ?? []),
      total: total(),
      limits: limits(),
      made,
      numRefused: wanted.filter((row) => outcomeOf(row, outcomes)?.state === "refused").length,
    },
    draft: { isOn, axes, out: [...out] },
    restore: (draft) => {
      setIsOn(draft.isOn);
      setAxes(draft.axes);
      setOut(new Set(draft.out));
    },
    turn: setIsOn,
    setAxes,
    toggle: (key, isWanted) => setOut((before) => (isWanted ? new Set([...before].filter((other) => other !== key)) : new Set([...before, key]))),
    launch: async () => {
      if (bodies.length === 0) return null;
      const jobs = await launch(bodies);
      return jobs !== null && jobs.length === bodies.length ? jobs : null;
    },
  };
}
