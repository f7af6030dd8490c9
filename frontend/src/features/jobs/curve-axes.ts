import type { HorizontalAxis } from "@/components/line-chart.tsx";
import type { I18n } from "@/lib/i18n/i18n-context.ts";
import type { CurveView } from "@/lib/preferences.ts";
import { type Clock, secondsAt } from "@/lib/series.ts";

/** The bottom of the curves of a page: steps, of as many as are planned, passes over the data, or the time since the job first ran. */
export function curveAxis(kind: CurveView["axis"], clock: Clock, { t, format }: I18n, totalSteps?: number | null): HorizontalAxis {
  switch (kind) {
    case "step":
      return { key: kind, of: ([step]) => step, format: format.integer, smallest: 1, end: totalSteps ?? undefined, read: (step) => t("chart.step", { step }) };
    case "epoch": {
      const text = (epoch: number) => format.decimal(epoch, Number.isInteger(epoch) ? 0 : 2);
      return { key: kind, of: ([, epoch]) => epoch, format: text, smallest: 0.01, read: (epoch) => t("chart.epoch", { epoch: text(epoch) }) };
    }
    case "time":
      return {
        key: kind,
        of: ([step]) => secondsAt(clock, step) ?? 0,
        format: format.duration,
        smallest: 1,
        read: (seconds) => t("chart.time", { time: format.duration(seconds) }),
      };
  }
}
