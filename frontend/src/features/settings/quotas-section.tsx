import { Link } from "react-router";

import { Section } from "@/components/section.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import classes from "@/features/settings/quotas.module.css";
import type { Quota } from "@/lib/api-types.ts";
import type { Formatter } from "@/lib/format.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import { canRead } from "@/lib/permissions.ts";

const GB = 1e9;
/** From here on somebody is told (`TOLD_PERCENTS` of the server). */
const NEAR = 0.8;

/** How much of what the organisation may use is in use. */
export function QuotasSection({ quotas }: { quotas: readonly Quota[] }) {
  const { t } = useI18n();
  return (
    <Section title={t("quota.title")} hint={t("quota.hint")}>
      <ul className={classes["list"]} aria-label={t("quota.title")}>
        {quotas.map((quota) => (
          <li key={quota.kind}>
            <QuotaLine quota={quota} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function QuotaLine({ quota }: { quota: Quota }) {
  const { t, format } = useI18n();
  const { kind, limit, share, starts_anew_on: anew } = quota;
  const used = amountOf(kind, quota.used, t, format);
  const name = t(`quota.${kind}`);
  if (limit === null || share === null) {
    return (
      <p>
        <b>{name}</b> <span className="muted">{t("quota.free", { used })}</span>
      </p>
    );
  }
  const words = t("quota.of", { used, limit: amountOf(kind, limit, t, format), share: format.percent(share, 0) });
  return (
    <>
      <p className={classes["words"]}>
        <b>{name}</b> <span className="num">{words}</span>
      </p>
      <div
        className={classes["track"]}
        role="meter"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuenow={Math.min(quota.used, limit)}
        aria-valuetext={words}
      >
        <div className={classes["fill"]} data-level={levelOf(share)} style={{ width: `${100 * Math.min(1, share)}%` }} />
      </div>
      {anew !== null && <p className="small muted">{t("quota.starts_anew", { month: format.month(anew.slice(0, 7)) })}</p>}
      {kind === "stored_gb" && levelOf(share) !== "low" && <MakeRoom />}
      {kind === "running_jobs" && <p className="small muted">{t("quota.waiting")}</p>}
    </>
  );
}

/** The way to what takes the room, for whoever may look at it. */
function MakeRoom() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  return (
    <p className="row small">
      <span className="muted">{t("quota.make_room")}</span>
      {canRead(tenant) && (
        <>
          <Link to="/datasets">{t("nav.datasets")}</Link>
          <Link to="/models">{t("nav.models")}</Link>
        </>
      )}
    </p>
  );
}

function levelOf(share: number): "low" | "near" | "full" {
  if (share >= 1) return "full";
  return share >= NEAR ? "near" : "low";
}

function amountOf(kind: Quota["kind"], amount: number, t: Translate, format: Formatter): string {
  if (kind === "stored_gb") return format.bytes(amount * GB);
  return kind === "compute_hours" ? t("quota.hours", { amount: format.significant(amount) }) : format.integer(amount);
}
