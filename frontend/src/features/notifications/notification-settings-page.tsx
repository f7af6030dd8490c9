import { Switch } from "@mantine/core";

import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { type SettingsChange, useChangeNotificationSettings, useHopedSettings, useNotificationSettings } from "@/features/notifications/notification-queries.ts";
import classes from "@/features/notifications/notifications.module.css";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { NotificationSettings, NotificationWays } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

/** Of what somebody wants to be told, and how. */
export function NotificationSettingsPage() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const settings = useNotificationSettings();
  return (
    <>
      <PageHeader title={t("notification.title")} lead={t("notification.settings_lead", { name: tenant.name })} trail={[{ to: "/settings", label: t("nav.settings") }]} />
      <QueryView query={settings} lines={6}>
        {(data) => <SettingsView settings={data} />}
      </QueryView>
    </>
  );
}

function SettingsView({ settings: confirmed }: { settings: NotificationSettings }) {
  const { t } = useI18n();
  const settings = useHopedSettings(confirmed);
  const change = useChangeNotificationSettings();
  const save = (wish: Partial<SettingsChange>) =>
    change.mutate({ kinds: [], follows_all_jobs: settings.follows_all_jobs, ...wish }, { onError: (error) => showToast(describeError(error, t), "error") });
  return (
    <>
      {!settings.is_mail_sent && <Notice tone="info">{t("notification.no_mail")}</Notice>}
      <Section title={t("notification.what")} hint={settings.is_mail_sent ? t("notification.what_hint", { email: settings.email }) : undefined}>
        <TableScroll label={t("notification.what")}>
          <table className={`table ${classes["ways"] ?? ""}`}>
            <thead>
              <tr>
                <th scope="col">{t("notification.event")}</th>
                <th scope="col">{t("notification.in_page")}</th>
                <th scope="col">{t("notification.by_email")}</th>
              </tr>
            </thead>
            <tbody>
              {settings.kinds.map((ways) => (
                <WaysRow key={ways.kind} ways={ways} isMailSent={settings.is_mail_sent} onChange={(wish) => save({ kinds: [wish] })} />
              ))}
            </tbody>
          </table>
        </TableScroll>
      </Section>
      <Section title={t("notification.whose")}>
        <Switch
          label={t("notification.all_jobs")}
          description={t("notification.all_jobs_hint")}
          checked={settings.follows_all_jobs}
          onChange={(event) => save({ follows_all_jobs: event.currentTarget.checked })}
        />
      </Section>
    </>
  );
}

interface RowProps {
  ways: NotificationWays;
  isMailSent: boolean;
  onChange: (ways: NotificationWays) => void;
}

function WaysRow({ ways, isMailSent, onChange }: RowProps) {
  const { t } = useI18n();
  const kind = t(`notification.kind.${ways.kind}`);
  return (
    <tr>
      <th scope="row">
        {kind}
        <p className="small muted">{t(`notification.hint.${ways.kind}`)}</p>
      </th>
      <td>
        <Switch
          className={classes["way"] ?? ""}
          aria-label={t("notification.kind_in_page", { kind })}
          checked={ways.in_page}
          onChange={(event) => onChange({ ...ways, in_page: event.currentTarget.checked })}
        />
      </td>
      <td>
        <Switch
          className={classes["way"] ?? ""}
          aria-label={t("notification.kind_by_email", { kind })}
          checked={isMailSent && ways.by_email}
          disabled={!isMailSent}
          onChange={(event) => onChange({ ...ways, by_email: event.currentTarget.checked })}
        />
      </td>
    </tr>
  );
}
