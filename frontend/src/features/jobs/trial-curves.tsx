import { Select } from "@mantine/core";
import { useState } from "react";

import { CurvePanel } from "@/features/jobs/curve-panel.tsx";
import type { JobStream } from "@/features/jobs/job-stream.ts";
import { curvesOfTrial, prefixOfTrial, trialsWithCurves } from "@/features/jobs/trial-facts.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  jobId: string;
  curves: JobStream["curves"];
  /** The trial whose curves are shown until another one is chosen; the newest where this is null. */
  best: number | null;
}

/** The curves of one trial of a search: those of all together would be a tangle. */
export function TrialCurves({ jobId, curves, best }: Props) {
  const { t } = useI18n();
  const [chosen, setChosen] = useState<number | null>(null);
  const numbers = trialsWithCurves(curves);
  const number = [chosen, best].find((entry) => entry !== null && numbers.includes(entry)) ?? numbers[0] ?? null;
  return (
    <div className="stack">
      <Select
        aria-label={t("trials.curves_of")}
        w={240}
        searchable
        allowDeselect={false}
        placeholder={t("trials.waiting")}
        disabled={numbers.length === 0}
        data={numbers.map((entry) => ({ value: String(entry), label: t(entry === best ? "trials.number_best" : "trials.number", { number: entry + 1 }) }))}
        value={number === null ? null : String(number)}
        onChange={(value) => setChosen(value === null ? null : Number(value))}
      />
      <CurvePanel key={number} source={{ jobId, prefix: prefixOfTrial(number ?? 0) }} curves={number === null ? {} : curvesOfTrial(curves, number)} />
    </div>
  );
}
