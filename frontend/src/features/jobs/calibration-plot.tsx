import { PlotFrame } from "@/components/plot-frame.tsx";
import { QUARTERS, shareTicks } from "@/components/share-ticks.ts";
import classes from "@/features/jobs/result-plots.module.css";
import type { DetailsOf } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SIZE = 300;
const SMALLEST = 3;
const LARGEST = 11;

const WORDS = {
  answers: { title: "calibration.title", x: "calibration.confidence", y: "calibration.accuracy", bin: "calibration.bin" },
  labels: { title: "calibration.of_labels_title", x: "calibration.of_labels_probability", y: "calibration.of_labels_share", bin: "calibration.of_labels_bin" },
} as const;

interface Props {
  bins: DetailsOf<"classification" | "multi_label">["calibration"];
  /** Answers that are right or wrong, or labels that a row has or has not. */
  of: keyof typeof WORDS;
}

/** A reliability diagram: by how sure it was, how many were right. On the diagonal it is as sure as it is right. */
export function CalibrationPlot({ bins, of }: Props) {
  const { t, format } = useI18n();
  const words = WORDS[of];
  const most = Math.max(...bins.map(({ count }) => count));
  const place = ({ confidence, accuracy }: (typeof bins)[number]) => ({ x: confidence * SIZE, y: (1 - accuracy) * SIZE });
  const ticks = shareTicks(format);
  const inWords = (bin: (typeof bins)[number]) =>
    t(words.bin, { count: bin.count, confidence: format.percent(bin.confidence, 0), accuracy: format.percent(bin.accuracy, 0) });
  return (
    <PlotFrame
      label={`${t(words.title)}: ${bins.map(inWords).join(" ")}`}
      xLabel={t(words.x)}
      yLabel={t(words.y)}
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
