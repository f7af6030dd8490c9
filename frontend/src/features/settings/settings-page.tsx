import { ButtonLink } from "@/components/button-link.tsx";
import { Notice } from "@/components/notice.tsx";
import { PageHeader } from "@/components/page-header.tsx";
import { Section } from "@/components/section.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { AccountSection } from "@/features/settings/account-section.tsx";
import { ApiKeysSection } from "@/features/settings/api-keys-section.tsx";
import { DeleteAccountSection } from "@/features/settings/delete-account-section.tsx";
import { DeleteOrganisationSection } from "@/features/settings/delete-organisation-section.tsx";
import { MembersSection } from "@/features/settings/members-section.tsx";
import { OrganisationSection } from "@/features/settings/organisation-section.tsx";
import { PreferencesSection } from "@/features/settings/preferences-section.tsx";
import { settingsCode } from "@/features/settings/settings-code.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canManage, canOversee, canRead, canSeeUsage, isActive } from "@/lib/permissions.ts";

export function SettingsPage() {
  const { t } = useI18n();
  const { tenant, user } = useWorkspace();
  return (
    <>
      <PageHeader code={canRead(tenant) ? settingsCode({ name: tenant.name, isManager: canManage(tenant) }, t) : []} title={t("nav.settings")} lead={t("settings.lead", { email: user.email, role: t(`role.${tenant.role}`) })} />
      {!canOversee(tenant) && <Notice tone="info">{t("settings.not_manager")}</Notice>}
      <OrganisationSection />
      {canRead(tenant) && <MembersSection />}
      {canOversee(tenant) && <ApiKeysSection />}
      {canRead(tenant) && (
        <Section title={t("notification.title")} hint={t("notification.settings_lead", { name: tenant.name })} isSplit>
          <ButtonLink to="/settings/notifications" variant="default">
            {t("notification.settings")}
          </ButtonLink>
        </Section>
      )}
      {canSeeUsage(tenant) && (
        <Section title={t("usage.title")} hint={t("usage.lead")} isSplit>
          <ButtonLink to="/settings/usage" variant="default">
            {t("usage.open")}
          </ButtonLink>
        </Section>
      )}
      {canOversee(tenant) && (
        <Section title={t("audit.title")} hint={t("audit.lead")} isSplit>
          <ButtonLink to="/settings/audit-log" variant="default">
            {t("audit.open")}
          </ButtonLink>
        </Section>
      )}
      <AccountSection />
      <PreferencesSection />
      {tenant.role === "owner" && isActive(tenant) && <DeleteOrganisationSection />}
      <DeleteAccountSection />
    </>
  );
}
