import { Switch } from "@mantine/core";
import { useMemo, useState } from "react";

import { type Curve, LineChart } from "@/components/line-chart.tsx";
import { type ChartGroup, chartGroups } from "@/features/jobs/chart-groups.ts";
import type { JobStream } from "@/features/jobs/job-stream.ts";
import classes from "@/features/jobs/job.module.css";
import type { MessageKey, Translate } from "@/lib/i18n/translate.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  curves: JobStream["curves"];
}

const NAMES: Record<string, MessageKey> = {
  "train/loss": "curve.train_loss",
  "validation/loss": "curve.validation_loss",
  "validation/accuracy": "curve.validation_accuracy",
  "validation/macro_f1": "curve.validation_macro_f1",
  "train/learning_rate": "curve.learning_rate",
  "train/gradient_norm": "curve.gradient_norm",
};

function nameOf(name: string, t: Translate): string {
  const key = NAMES[name];
  return key === undefined ? name : t(key);
}

function curvesOf(group: ChartGroup, t: Translate): Curve[] {
  return group.names.map(({ name, points }, index) => {
    const isValidation = name.startsWith("validation/");
    const color = group.kind === "quality" ? (index === 0 ? "--steel-mark" : "--ochre-mark") : isValidation ? "--steel-mark" : "--ember-mark";
    return { key: name, label: nameOf(name, t), color, isDashed: group.kind === "quality" && index > 0, points };
  });
}

export function CurvePanel({ curves }: Props) {
  const { t, format } = useI18n();
  const [smoothing, setSmoothing] = useState(0.6);
  const [isLog, setIsLog] = useState(false);
  const groups = useMemo(() => chartGroups(curves).map((group) => ({ ...group, drawn: curvesOf(group, t) })), [curves, t]);
  return (
    <div className="stack">
      <div className={classes["controls"]}>
        <label>
          {t("curve.smoothing")}
          <input type="range" min={0} max={0.95} step={0.05} value={smoothing} onChange={(event) => setSmoothing(Number(event.currentTarget.value))} />
          <span className="num" style={{ minWidth: 32 }}>
            {format.decimal(smoothing, 2)}
          </span>
        </label>
        <Switch size="xs" label={t("curve.log")} checked={isLog} onChange={(event) => setIsLog(event.currentTarget.checked)} />
      </div>
      <div className={classes["charts"]}>
        {groups.map((group) => (
          <LineChart
            key={group.title}
            title={group.kind === "other" ? nameOf(group.title, t) : t(`curve.${group.kind}`)}
            curves={group.drawn}
            smoothing={group.kind === "loss" || group.kind === "other" ? smoothing : 0}
            height={group.kind === "learning_rate" || group.kind === "other" ? 110 : 220}
            isLog={isLog && group.kind === "loss"}
            formatValue={group.kind === "quality" ? format.percent : format.significant}
          />
        ))}
      </div>
    </div>
  );
}
