import type { JobStream } from "@/features/jobs/job-stream.ts";
import type { Point } from "@/lib/series.ts";

export interface ChartGroup {
  kind: "loss" | "quality" | "learning_rate" | "other";
  title: string;
  names: readonly { name: string; points: readonly Point[] }[];
}

const QUALITY = new Set(["accuracy", "macro_f1", "weighted_f1"]);

function kindOf(name: string): ChartGroup["kind"] {
  const last = name.split("/").at(-1) ?? name;
  if (last === "loss") return "loss";
  if (QUALITY.has(last)) return "quality";
  return last === "learning_rate" ? "learning_rate" : "other";
}

/** Curves that belong on one pair of axes; what is not known beforehand gets a chart of its own. */
export function chartGroups(curves: JobStream["curves"]): ChartGroup[] {
  const names = Object.keys(curves).sort();
  const of = (kind: ChartGroup["kind"]) => names.filter((name) => kindOf(name) === kind).map((name) => ({ name, points: curves[name] ?? [] }));
  const groups: ChartGroup[] = [
    { kind: "loss", title: "loss", names: of("loss") },
    { kind: "quality", title: "quality", names: of("quality") },
  ];
  const rate = of("learning_rate");
  if (rate.length > 0) groups.push({ kind: "learning_rate", title: "learning_rate", names: rate });
  for (const entry of of("other")) groups.push({ kind: "other", title: entry.name, names: [entry] });
  return groups;
}
