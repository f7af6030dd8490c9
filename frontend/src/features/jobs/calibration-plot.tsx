import { PlotFrame } from "@/components/plot-frame.tsx";
import { QUARTERS, shareTicks } from "@/components/share-ticks.ts";
import classes from "@/features/jobs/result-plots.module.css";
import type { DetailsOf } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SIZE = 300;
const SMALLEST = 3;
const LARGEST = 11;

interface Props {
  bins: DetailsOf<"classification">["calibration"];
}

/** A reliability diagram: answers by how sure they were, and how many of them were right. On the diagonal it is as sure as it is right. */
export function CalibrationPlot({ bins }: Props) {
  const { t, format } = useI18n();
  const most = Math.max(...bins.map(({ count }) => count));
  const place = ({ confidence, accuracy }: (typeof bins)[number]) => ({ x: confidence * SIZE, y: (1 - accuracy) * SIZE });
  const ticks = shareTicks(format);
  const inWords = (bin: (typeof bins)[number]) =>
    t("calibration.bin", { count: bin.count, confidence: format.percent(bin.confidence, 0), accuracy: format.percent(bin.accuracy, 0) });
  return (
    <PlotFrame
      label={`${t("calibration.title")}: ${bins.map(inWords).join(" ")}`}
      xLabel={t("calibration.confidence")}
      yLabel={t("calibration.accuracy")}
      width={SIZE}
      height={SIZE}
      xTicks={ticks}
      yTicks={ticks}
      grid={QUARTERS.map((value) => `M0 ${value * SIZE}H${SIZE}M${value * SIZE} 0V${SIZE}`)}
      isNarrow
    >
      <line className={classes["diagonal"]} x1={0} y1={SIZE} x2={SIZE} y2={0} />
      {bins.map((bin) => {
        const { x, y } = place(bin);
        return <line key={bin.confidence} className={classes["gap"]} x1={x} x2={x} y1={y} y2={SIZE - x} />;
      })}
      {bins.map((bin) => {
        const { x, y } = place(bin);
        return (
          <circle key={bin.confidence} className={classes["bin"]} cx={x} cy={y} r={SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(bin.count / most)}>
            <title>{inWords(bin)}</title>
          </circle>
        );
      })}
    </PlotFrame>
  );
}
