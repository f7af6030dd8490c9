import { Button, Select } from "@mantine/core";
import { useState } from "react";

import { Facts } from "@/components/facts.tsx";
import { PlotFrame } from "@/components/plot-frame.tsx";
import { QUARTERS, shareTicks } from "@/components/share-ticks.ts";
import classes from "@/features/jobs/result-plots.module.css";
import { bestIndex, figuresOf, nearestIndex, type ThresholdFigures } from "@/features/jobs/threshold-figures.ts";
import type { ThresholdCurve } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useAddressChoice } from "@/lib/use-address-choice.ts";

const WIDTH = 480;
const HEIGHT = 200;

/** Whether any held-out row is of the label. */
const isTested = ({ num_true: numTrue }: ThresholdCurve) => numTrue > 0;

interface Props {
  curves: readonly ThresholdCurve[];
  /** What the model decides by. */
  used: number;
}

/** What precision and recall would be, were a label given from another probability on. It changes nothing: it answers "what if". */
export function ThresholdPanel({ curves, used }: Props) {
  const { t, format } = useI18n();
  const [keptLabel, keepLabel] = useAddressChoice("threshold-of");
  const [kept, keep] = useAddressChoice("threshold");
  const found = keptLabel === null ? -1 : curves.findIndex(({ label }) => label === keptLabel);
  const chosen = found === -1 ? Math.max(curves.findIndex(isTested), 0) : found;
  const curve = curves[chosen];
  const nearest = (wanted: number) => nearestIndex(curve?.thresholds ?? [], wanted);
  const [index, setIndex] = useState(() => nearest(kept === null ? used : Number(kept) || used));
  if (curve === undefined) return null;
  const figures = figuresOf(curve);
  const here = figures[index];
  if (here === undefined) return null;
  const show = (at: number) => {
    setIndex(at);
    keep(at === nearest(used) ? null : String(curve.thresholds[at]));
  };
  const name = ({ label }: ThresholdCurve) => label ?? t("threshold.all_labels");
  const share = (value: number | null) => (value === null ? "–" : format.percent(value));
  return (
    <div className="stack">
      <div className={classes["thresholdHead"]}>
        {curves.length > 1 && (
          <Select
            label={t("threshold.label")}
            w={240}
            data-print="text"
            allowDeselect={false}
            searchable={curves.length > 8}
            data={curves.map((entry, at) => ({ value: String(at), label: name(entry) }))}
            value={String(chosen)}
            onChange={(value) => keepLabel(curves[Number(value ?? 0)]?.label ?? null)}
          />
        )}
        {isTested(curve) && (
          <Button variant="default" size="sm" data-print="never" onClick={() => show(bestIndex(figures))}>
            {t("threshold.best")}
          </Button>
        )}
        <Button variant="subtle" size="sm" data-print="never" onClick={() => show(nearest(used))}>
          {t("threshold.used", { threshold: format.percent(used, 0) })}
        </Button>
      </div>
      {!isTested(curve) && <p className="prose">{t("threshold.untested")}</p>}
      <input
        type="range"
        className={classes["slider"]}
        aria-label={t("threshold.slider")}
        aria-valuetext={format.percent(here.threshold, 0)}
        min={0}
        max={figures.length - 1}
        value={index}
        onChange={(event) => setIndex(Number(event.currentTarget.value))}
        onPointerUp={() => show(index)}
        onKeyUp={() => show(index)}
      />
      <div aria-live="polite">
        <Facts
          facts={[
            { label: t("threshold.from"), value: format.percent(here.threshold, 0) },
            { label: t("metric.precision"), value: share(here.precision) },
            { label: t("metric.recall"), value: share(here.recall) },
            { label: t("metric.f1"), value: share(here.f1) },
            { label: t("threshold.given"), value: t("threshold.given_value", { given: here.given, true: curve.num_true }) },
          ]}
        />
      </div>
      <Lines figures={figures} index={index} label={name(curve)} />
    </div>
  );
}

function Lines({ figures, index, label }: { figures: readonly ThresholdFigures[]; index: number; label: string }) {
  const { t, format } = useI18n();
  const ticks = shareTicks(format);
  const path = (of: (entry: ThresholdFigures) => number | null) =>
    figures
      .flatMap((entry) => {
        const value = of(entry);
        return value === null ? [] : [`${entry.threshold * WIDTH} ${(1 - value) * HEIGHT}`];
      })
      .map((place, at) => `${at === 0 ? "M" : "L"}${place}`)
      .join("");
  const at = (figures[index]?.threshold ?? 0) * WIDTH;
  return (
    <div>
      <p className={classes["legend"]} aria-hidden>
        <span data-line="precision">{t("metric.precision")}</span>
        <span data-line="recall">{t("metric.recall")}</span>
      </p>
      <PlotFrame
        label={t("threshold.plot", { label })}
        xLabel={t("threshold.slider")}
        yLabel=""
        width={WIDTH}
        height={HEIGHT}
        xTicks={ticks}
        yTicks={ticks}
        grid={QUARTERS.map((value) => `M0 ${value * HEIGHT}H${WIDTH}`)}
      >
        <path className={classes["line"]} data-line="precision" d={path(({ precision }) => precision)} />
        <path className={classes["line"]} data-line="recall" d={path(({ recall }) => recall)} />
        <line className={classes["mark"]} x1={at} x2={at} y1={0} y2={HEIGHT} />
      </PlotFrame>
    </div>
  );
}
