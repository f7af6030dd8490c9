import {
  IconBell,
  IconBuilding,
  IconChartBar,
  IconChartDots3,
  IconDatabase,
  IconFlame,
  IconHash,
  IconHome2,
  IconKey,
  IconKeyboard,
  IconLanguage,
  IconLink,
  IconListDetails,
  IconLock,
  IconLogout,
  IconMoon,
  IconPlus,
  IconSun,
  IconUpload,
  IconUsers,
} from "@tabler/icons-react";

import type { Entry } from "@/app/palette/entry.ts";
import { recentVisits } from "@/app/palette/recent.ts";
import { keysOf, PLACES } from "@/app/places.ts";
import { useAccountActions } from "@/app/use-account-actions.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { Found } from "@/lib/api-types.ts";
import { copyText } from "@/lib/copy-text.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import type { MessageKey } from "@/lib/i18n/translate.ts";
import { useOfferedActions } from "@/lib/page-actions.ts";
import { goToSection, usePageSections } from "@/lib/page-sections.ts";
import { canOversee, canRead, canSeeUsage, canWrite } from "@/lib/permissions.ts";
import { taskName } from "@/lib/tasks.ts";
import { shareLink } from "@/lib/share-link.ts";
import { showToast } from "@/lib/toasts.ts";

const ICONS = { pages: IconHome2, datasets: IconDatabase, jobs: IconFlame, models: IconChartDots3 } as const;

/** What the page itself knows: its places, what can be done, and where somebody went last. */
export function useLocalEntries(onHelp: () => void): { recent: Entry[]; pages: Entry[]; actions: Entry[] } {
  const { t, locale } = useI18n();
  const { user, tenant, tenants } = useWorkspace();
  const account = useAccountActions();
  const mayWrite = canWrite(tenant);
  const ofSettings = (id: string, label: MessageKey, Icon: Entry["Icon"]): Entry => ({ id, group: "pages", label: t(label), hint: t("nav.settings"), Icon, target: { to: `/settings/${id}` } });
  const partOfSettings = (id: string, label: MessageKey, words: MessageKey, Icon: Entry["Icon"]): Entry => ({ ...ofSettings(id, label, Icon), words: t(words), target: { to: "/settings" } });
  const pages: Entry[] = [
    ...PLACES.map(({ id, to, label, Icon, key }): Entry => ({ id, group: "pages", label: t(label), Icon, ...(key === null ? {} : { keys: keysOf(key) }), target: { to } })),
    ...(canRead(tenant) ? [partOfSettings("members", "members.title", "palette.words.members", IconUsers)] : []),
    ...(canOversee(tenant) ? [partOfSettings("api-keys", "keys.title", "palette.words.api_keys", IconKey)] : []),
    partOfSettings("account", "account.title", "palette.words.account", IconLock),
    ...(canRead(tenant) ? [ofSettings("notifications", "notification.title", IconBell)] : []),
    ...(canSeeUsage(tenant) ? [ofSettings("usage", "usage.title", IconChartBar)] : []),
    ...(canOversee(tenant) ? [ofSettings("audit-log", "audit.title", IconListDetails)] : []),
  ];
  const copyAddress = async () => {
    const isDone = await copyText(shareLink(location, tenant.id));
    showToast(t(isDone ? "palette.address_copied" : "copy.refused"), isDone ? "info" : "error");
  };
  const writing: Entry[] = [
    { id: "new-job", group: "actions", label: t("job.new"), Icon: IconFlame, keys: ["N"], target: { to: "/jobs/new" } },
    { id: "upload", group: "actions", label: t("palette.upload"), Icon: IconUpload, target: { to: "/datasets/new" } },
  ];
  const actions: Entry[] = [
    ...(mayWrite ? writing : []),
    { id: "copy-address", group: "actions", label: t("palette.copy_address"), Icon: IconLink, target: { run: () => void copyAddress() } },
    {
      id: "theme",
      group: "actions",
      label: t(account.isDark ? "settings.to_light" : "settings.to_dark"),
      Icon: account.isDark ? IconSun : IconMoon,
      target: { run: account.changeTheme },
    },
    {
      id: "language",
      group: "actions",
      label: locale === "en" ? "切换到中文" : "Switch to English",
      hint: t("settings.language"),
      Icon: IconLanguage,
      target: { run: account.changeLanguage },
    },
    ...tenants
      .filter(({ id }) => id !== tenant.id)
      .map(
        ({ id, name }): Entry => ({
          id: `tenant-${id}`,
          group: "actions",
          label: t("palette.switch_to", { name }),
          Icon: IconBuilding,
          target: { run: () => account.enterTenant(id) },
        }),
      ),
    { id: "new-organisation", group: "actions", label: t("org.new_title"), Icon: IconPlus, target: { to: "/organisations/new" } },
    { id: "shortcuts", group: "actions", label: t("shortcuts.title"), Icon: IconKeyboard, keys: ["?"], target: { run: onHelp } },
    { id: "sign-out", group: "actions", label: t("auth.sign_out"), Icon: IconLogout, target: { run: account.leave } },
  ];
  const recent = recentVisits(tenant.id, user.id).map(
    ({ group, label, to }): Entry => ({ id: `recent-${to}`, group: "recent", label, hint: t(`palette.group.${group}`), Icon: ICONS[group], target: { to } }),
  );
  return { recent, pages, actions };
}

/** The parts of the page that is open. */
export function usePartEntries(): Entry[] {
  return usePageSections().map(({ id, title }): Entry => ({ id: `part-${id}`, group: "parts", label: title, Icon: IconHash, target: { run: () => goToSection(id) } }));
}

/** What can be done on the page that is open. */
export function useHereEntries(): Entry[] {
  return useOfferedActions().map(({ id, label, Icon, keys, run }): Entry => ({ id: `here-${id}`, group: "here", label, Icon, ...(keys === undefined ? {} : { keys }), target: { run } }));
}

/** What the server found. */
export function useFoundEntries(found: Found | undefined): Entry[] {
  const { t } = useI18n();
  if (found === undefined) return [];
  return [
    ...found.datasets.map(
      ({ id, name, task }): Entry => ({ id, group: "datasets", label: name, hint: taskName(task, t), Icon: ICONS.datasets, target: { to: `/datasets/${id}` } }),
    ),
    ...found.jobs.map(
      ({ id, name, state }): Entry => ({ id, group: "jobs", label: name, hint: t(`job.state.${state}`), Icon: ICONS.jobs, target: { to: `/jobs/${id}` } }),
    ),
    ...found.models.map(
      ({ id, name, base_model: base }): Entry => ({ id, group: "models", label: name, hint: base, Icon: ICONS.models, target: { to: `/models/${id}` } }),
    ),
  ];
}
