import { Notice } from "@/components/notice.tsx";
import classes from "@/features/jobs/launch.module.css";
import { LimitNotices } from "@/features/jobs/limit-notices.tsx";
import { useEstimate } from "@/features/jobs/use-estimate.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { Estimate, JobCreate } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  body: JobCreate | null;
  isAllowed: boolean;
}

/** What the job will probably take, as ranges; asked anew when the settings have been left alone for a moment. */
export function EstimateLine({ body, isAllowed }: Props) {
  const { t } = useI18n();
  const { estimate, isAsked } = useEstimate(body, isAllowed);
  if (!isAsked) return null;
  if (estimate.isError) {
    const refusal = asApiError(estimate.error);
    // What a launch would be refused for is said before it is tried.
    return refusal.isTemporary ? <p className="small muted">{t("estimate.unknown")}</p> : <Notice tone="warning">{refusal.message}</Notice>;
  }
  if (estimate.data === undefined) return <p className="small muted">{t("estimate.waiting")}</p>;
  return <Ranges estimate={estimate.data} />;
}

function Ranges({ estimate }: { estimate: Estimate }) {
  const { t, format } = useI18n();
  const { seconds, memory_bytes: memory, price } = estimate;
  return (
    <div className="stack" aria-live="polite">
      <p className={classes["time"]}>{t("estimate.range", { low: format.roughly(seconds.low), high: format.roughly(seconds.high) })}</p>
      <p className="small">
        {price !== null && t("estimate.price", { low: format.money(price.low, estimate.currency), high: format.money(price.high, estimate.currency) })}{" "}
        {t("estimate.memory", { low: format.bytes(memory.low), high: format.bytes(memory.high) })}
      </p>
      <p className="small muted">
        {estimate.num_own_jobs > 0 ? t("estimate.from_own", { count: estimate.num_own_jobs }) : t("estimate.from_measured", { device: estimate.device })}{" "}
        {t(estimate.tokens_from === "preview" ? "estimate.tokens_counted" : "estimate.tokens_guessed")}
      </p>
      <LimitNotices hits={estimate.limits} />
    </div>
  );
}
