import type { Estimated } from "@/features/jobs/use-estimate.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  /** Null where nothing could be asked about. */
  estimated: Estimated | null;
  isAsked: boolean;
}

/** Time, and money where an hour has a price, from – to. */
export function EstimateFigures({ estimated, isAsked }: Props) {
  const { t, format } = useI18n();
  if (estimated === null || !isAsked) return null;
  if (estimated.refusal !== null) return estimated.refusal.isTemporary ? t("estimate.no_figure") : estimated.refusal.message;
  if (estimated.data === null) return t("estimate.short_waiting");
  const { seconds, price, currency } = estimated.data;
  return (
    <>
      <strong>{t("estimate.range", { low: format.roughly(seconds.low), high: format.roughly(seconds.high) })}</strong>
      {price !== null && <span>{t("estimate.range", { low: format.money(price.low, currency), high: format.money(price.high, currency) })}</span>}
    </>
  );
}
