import { PasswordInput } from "@mantine/core";

import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  password: string;
  error: string | null | undefined;
  onChange: (password: string) => void;
}

/** What goes and what stays, and the password that has to be said. */
export function DeleteAccountWords({ password, error, onChange }: Props) {
  const { t } = useI18n();
  return (
    <>
      <p>{t("account.delete_what")}</p>
      <p>{t("account.delete_stays")}</p>
      <PasswordInput
        label={t("account.current_password")}
        name="current-password"
        autoComplete="current-password"
        required
        data-autofocus
        value={password}
        error={error}
        onChange={(event) => onChange(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": t("auth.show_password") }}
      />
    </>
  );
}
