import type { JobStream } from "@/features/jobs/job-stream.ts";
import { isShare } from "@/lib/metrics.ts";
import type { Point } from "@/lib/series.ts";

export interface ChartGroup {
  kind: "loss" | "quality" | "validation" | "learning_rate" | "other";
  title: string;
  names: readonly { name: string; points: readonly Point[] }[];
}

/** The metric that a curve shows: `macro_f1` of `validation/macro_f1`. */
export function metricOfCurve(name: string): string {
  return name.split("/").at(-1) ?? name;
}

const LOSSES: ReadonlySet<string> = new Set(["loss", "refined_loss", "similarity_loss"]);

function kindOf(name: string): ChartGroup["kind"] {
  const metric = metricOfCurve(name);
  if (LOSSES.has(metric)) return "loss";
  if (name.startsWith("validation/")) return isShare(metric) ? "quality" : "validation";
  return metric === "learning_rate" ? "learning_rate" : "other";
}

/** Curves that belong on one pair of axes: losses together, shares of the validation split together, everything else alone. */
export function chartGroups(curves: JobStream["curves"]): ChartGroup[] {
  const names = Object.keys(curves).sort();
  const of = (kind: ChartGroup["kind"]) => names.filter((name) => kindOf(name) === kind).map((name) => ({ name, points: curves[name] ?? [] }));
  const together = (kind: ChartGroup["kind"]): ChartGroup => ({ kind, title: kind, names: of(kind) });
  const alone = (kind: ChartGroup["kind"]): ChartGroup[] => of(kind).map((entry) => ({ kind, title: entry.name, names: [entry] }));
  const quality = together("quality");
  const rate = together("learning_rate");
  // The place for quality is kept until it is known that this task measures it in something other than shares.
  const isExpected = quality.names.length > 0 || of("validation").length === 0;
  // So is that for the rate, until it is known which curves there are: nothing below it moves when they come.
  const hasRate = rate.names.length > 0 || names.length === 0;
  return [
    together("loss"),
    ...(isExpected ? [quality] : []),
    ...alone("validation"),
    ...(hasRate ? [rate] : []),
    ...alone("other"),
  ];
}
