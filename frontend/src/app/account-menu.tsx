import { Menu } from "@mantine/core";
import { IconCheck, IconLanguage, IconLogout, IconMoon, IconPlus, IconSelector, IconSun } from "@tabler/icons-react";
import { useNavigate } from "react-router";

import classes from "@/app/shell.module.css";
import { useAccountActions } from "@/app/use-account-actions.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function AccountMenu() {
  const { t, locale } = useI18n();
  const { user, tenant, tenants } = useWorkspace();
  const { isDark, changeTheme, changeLanguage, enterTenant, leave } = useAccountActions();
  const navigate = useNavigate();
  return (
    <Menu position="top-start" width={260} withinPortal>
      <Menu.Target>
        <button type="button" className={classes["account"]} aria-label={t("nav.account")}>
          <span style={{ flex: 1 }}>
            <span className={`name ${classes["org"] ?? ""}`}>{tenant.name}</span>
            <span className="name faint small">{user.email}</span>
          </span>
          <IconSelector size={16} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("nav.organisations")}</Menu.Label>
        {tenants.map((entry) => (
          <Menu.Item
            key={entry.id}
            onClick={() => enterTenant(entry.id)}
            rightSection={entry.id === tenant.id ? <IconCheck size={14} aria-label={t("nav.current")} /> : null}
          >
            <span className="name" title={entry.name}>
              {entry.name}
            </span>
          </Menu.Item>
        ))}
        <Menu.Item leftSection={<IconPlus size={15} aria-hidden />} onClick={() => void navigate("/organisations/new")}>
          {t("org.new_title")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={isDark ? <IconSun size={15} aria-hidden /> : <IconMoon size={15} aria-hidden />}
          onClick={changeTheme}
        >
          {t(isDark ? "settings.to_light" : "settings.to_dark")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLanguage size={15} aria-hidden />} onClick={changeLanguage}>
          {locale === "en" ? <span lang="zh-CN">切换到中文</span> : <span lang="en">Switch to English</span>}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={15} aria-hidden />}
          onClick={leave}
        >
          {t("auth.sign_out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
