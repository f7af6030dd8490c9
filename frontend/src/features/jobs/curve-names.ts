import { metricOfCurve } from "@/features/jobs/chart-groups.ts";
import type { I18n } from "@/lib/i18n/i18n-context.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";
import { describeMetric } from "@/lib/metrics.ts";

const NAMES: Record<string, MessageKey> = {
  "train/loss": "curve.train_loss",
  "validation/loss": "curve.validation_loss",
  "validation/refined_loss": "curve.refined_loss",
  "train/similarity_loss": "curve.similarity_loss",
  "train/learning_rate": "curve.learning_rate",
  "train/gradient_norm": "curve.gradient_norm",
};

/** What a curve is called beside others of its chart. */
export function curveName(name: string, i18n: I18n): string {
  const key = NAMES[name];
  if (key !== undefined) return i18n.t(key);
  return name.startsWith("validation/") ? describeMetric(metricOfCurve(name), i18n).label : name;
}

/** What a curve is called that has a chart of its own. */
export function curveTitle(name: string, i18n: I18n): string {
  if (name === "train/loss") return i18n.t("curve.of_train_loss");
  if (name === "train/similarity_loss") return i18n.t("curve.of_similarity_loss");
  if (name === "validation/loss") return i18n.t("curve.of_validation_loss");
  if (name === "validation/refined_loss") return i18n.t("curve.of_refined_loss");
  return name.startsWith("validation/") ? i18n.t("curve.on_validation", { metric: curveName(name, i18n) }) : curveName(name, i18n);
}
