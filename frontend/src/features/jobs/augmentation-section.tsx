import { Section } from "@/components/section.tsx";
import type { AugmentationEffect } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

interface Props {
  effect: AugmentationEffect;
}

/** The same job with augmented rows and without, and which of the two this model is. */
export function AugmentationSection({ effect }: Props) {
  const { t, format } = useI18n();
  const metric = describeMetric(effect.metric, { t, format });
  const { low, high, value } = effect.difference;
  return (
    <Section title={t("augmentation.title")} hint={t("augmentation.hint")}>
      <p>
        {t(`augmentation.${effect.outcome}`, {
          metric: metric.name,
          with: metric.value(effect.with_augmentation.value),
          without: metric.value(effect.without_augmentation.value),
          difference: metric.difference(value),
          low: metric.bare(low),
          high: metric.difference(high),
        })}{" "}
        {t(`augmentation.${effect.delivered}`)}
      </p>
    </Section>
  );
}
