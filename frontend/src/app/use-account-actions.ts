import { useMantineColorScheme } from "@mantine/core";
import { useNavigate } from "react-router";

import { useSignOut } from "@/features/session/session-queries.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";

/** What the account menu and the command palette do alike. */
export function useAccountActions() {
  const { t, locale, setLocale } = useI18n();
  const { switchTenant } = useWorkspace();
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const navigate = useNavigate();
  const isDark = colorScheme === "dark" || (colorScheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  return {
    isDark,
    changeTheme: () => setColorScheme(isDark ? "light" : "dark"),
    changeLanguage: () => setLocale(locale === "en" ? "zh-CN" : "en"),
    enterTenant: (id: string) => {
      switchTenant(id);
      void navigate("/");
    },
    leave: () => signOut.mutate(undefined, { onError: (error) => showToast(describeError(error, t), "error") }),
  };
}
