import { PasswordInput } from "@mantine/core";
import type { Ref } from "react";

import { useSession } from "@/features/session/session-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  label: string;
  value: string;
  /** Why the server refused it. */
  error: string | null | undefined;
  onChange: (value: string) => void;
  ref?: Ref<HTMLInputElement>;
}

/** A password that is chosen now. How long it must be is what the server says, which is what the server holds to. */
export function NewPasswordField({ label, value, error, onChange, ref }: Props) {
  const { t } = useI18n();
  const least = useSession().data?.password_min_length;
  return (
    <PasswordInput
      ref={ref}
      label={label}
      description={least === undefined ? " " : t("auth.password_hint", { count: least })}
      name="password"
      autoComplete="new-password"
      required
      value={value}
      error={error}
      aria-invalid={error ? true : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
      visibilityToggleButtonProps={{ "aria-label": t("auth.show_password") }}
    />
  );
}
