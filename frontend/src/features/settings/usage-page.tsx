import { useQuery } from "@tanstack/react-query";
import { IconLock } from "@tabler/icons-react";

import { CountColumns } from "@/components/count-columns.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { ScoreBars } from "@/components/score-bars.tsx";
import { Section } from "@/components/section.tsx";
import { StatePanel } from "@/components/state-panel.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { settingsCalls } from "@/features/settings/calls.ts";
import { QuotasSection } from "@/features/settings/quotas-section.tsx";
import { usageCode } from "@/features/settings/settings-code.ts";
import type { Usage, UsedMonth } from "@/lib/api-types.ts";
import { send } from "@/lib/call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canSeeUsage } from "@/lib/permissions.ts";

const MINUTE_S = 60;
const HOUR_S = 3600;
/** Shorter months are told in minutes. */
const LONG_S = 2 * HOUR_S;

/** What the organisation may use, trains and stores, for those who answer for it. */
export function UsagePage() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const isAllowed = canSeeUsage(tenant);
  const usage = useQuery({ queryKey: ["settings", "usage"], queryFn: () => send(settingsCalls.usage()), enabled: isAllowed });
  const quotas = useQuery({ queryKey: ["settings", "quotas"], queryFn: () => send(settingsCalls.quotas()), enabled: isAllowed });
  return (
    <>
      <PageHeader code={isAllowed ? usageCode(t) : []} title={t("usage.title")} lead={t("usage.lead")} trail={[{ to: "/settings", label: t("nav.settings") }]} />
      {isAllowed ? (
        <>
          <QueryView query={quotas} lines={4}>
            {({ data }) => <QuotasSection quotas={data} />}
          </QueryView>
          <QueryView query={usage} lines={8}>
            {(found) => (
              <>
                <Training usage={found} />
                <Asked months={found.months} />
                <Storage stored={found.stored} />
              </>
            )}
          </QueryView>
        </>
      ) : (
        <StatePanel icon={<IconLock size={28} />} title={t("usage.forbidden_title")}>
          <p>{t("audit.forbidden_hint")}</p>
        </StatePanel>
      )}
    </>
  );
}

function Training({ usage: { months, currency } }: { usage: Usage }) {
  const { t, format } = useI18n();
  const isLong = Math.max(...months.map(({ seconds }) => seconds)) >= LONG_S;
  const busy = months.filter(({ jobs, seconds }) => jobs > 0 || seconds > 0).toReversed();
  const spoken = ({ month, jobs, seconds }: UsedMonth) => t("usage.spoken", { month: format.month(month), time: format.duration(seconds), count: jobs });
  const columns = months.map((entry, index) => ({
    key: entry.month,
    name: format.month(entry.month, "short"),
    count: entry.seconds / (isLong ? HOUR_S : MINUTE_S),
    spoken: spoken(entry),
    isMain: index === months.length - 1,
  }));
  return (
    <Section title={t("usage.training")} hint={t("usage.training_hint")}>
      {busy.length === 0 ? (
        <p className="muted">{t("usage.untrained")}</p>
      ) : (
        <div className="stack">
          <CountColumns label={t("usage.by_month")} axis={t(isLong ? "usage.hours" : "usage.minutes")} columns={columns} />
          <Months months={busy} currency={currency} />
        </div>
      )}
    </Section>
  );
}

function Months({ months, currency }: { months: readonly UsedMonth[]; currency: string }) {
  const { t, format } = useI18n();
  const isPriced = months.some(({ cost }) => cost !== null);
  return (
    <TableScroll label={t("usage.by_month")}>
      <table className="table" style={{ maxWidth: 620 }}>
        <thead>
          <tr>
            <th scope="col">{t("usage.month")}</th>
            <th scope="col" className="num">
              {t("usage.jobs")}
            </th>
            <th scope="col" className="num">
              {t("usage.time")}
            </th>
            {isPriced && (
              <th scope="col" className="num">
                {t("usage.cost")}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {months.map(({ month, jobs, seconds, cost }) => (
            <tr key={month}>
              <th scope="row">{format.month(month)}</th>
              <td className="num">{format.integer(jobs)}</td>
              <td className="num">{format.duration(seconds)}</td>
              {isPriced && <td className="num">{cost === null ? "–" : format.money(cost, currency)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Asked({ months }: { months: readonly UsedMonth[] }) {
  const { t, format } = useI18n();
  const busy = months.filter(({ calls }) => calls > 0).toReversed();
  return (
    <Section title={t("usage.asked")} hint={t("usage.asked_hint")}>
      {busy.length === 0 ? (
        <p className="muted">{t("usage.unasked")}</p>
      ) : (
        <TableScroll label={t("usage.asked")}>
          <table className="table" style={{ maxWidth: 620 }}>
            <thead>
              <tr>
                <th scope="col">{t("usage.month")}</th>
                <th scope="col" className="num">
                  {t("usage.calls")}
                </th>
                <th scope="col" className="num">
                  {t("usage.tokens")}
                </th>
              </tr>
            </thead>
            <tbody>
              {busy.map(({ month, calls, tokens }) => (
                <tr key={month}>
                  <th scope="row">{format.month(month)}</th>
                  <td className="num">{format.integer(calls)}</td>
                  <td className="num">{format.integer(tokens)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </Section>
  );
}

function Storage({ stored }: { stored: Usage["stored"] }) {
  const { t, format } = useI18n();
  const total = stored.reduce((sum, { size_bytes: size }) => sum + size, 0);
  const scores = stored
    .toSorted((a, b) => b.size_bytes - a.size_bytes)
    .map(({ kind, count, size_bytes: size }) => ({ label: t(`usage.${kind}`, { count, size: format.bytes(size) }), score: size / Math.max(1, total) }));
  return (
    <Section title={t("usage.storage")} hint={t("usage.storage_hint", { size: format.bytes(total) })}>
      <div style={{ maxWidth: 620 }}>
        <ScoreBars label={t("usage.storage")} scores={scores} />
      </div>
    </Section>
  );
}
