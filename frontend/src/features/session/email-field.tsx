import { TextInput } from "@mantine/core";

import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  label?: string;
  description?: string | undefined;
  value: string;
  /** Why the server refused it. */
  error?: string | null | undefined;
  /** The address of an account that is there, or one that is new. */
  isNew?: boolean;
  /** Without it the address stands as it is. */
  onChange?: ((value: string) => void) | undefined;
}

/** The address of an account, which browsers and password managers know it by. */
export function EmailField({ label, description, value, error, isNew = false, onChange }: Props) {
  const { t } = useI18n();
  return (
    <TextInput
      label={label ?? t("auth.email")}
      description={description}
      type="email"
      name="email"
      autoComplete={isNew ? "email" : "username"}
      required={onChange !== undefined}
      readOnly={onChange === undefined}
      value={value}
      error={error}
      onChange={(event) => onChange?.(event.currentTarget.value)}
    />
  );
}
