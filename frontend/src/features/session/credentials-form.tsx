import { Button, PasswordInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, type SyntheticEvent, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { allauth, type NextStep } from "@/features/session/allauth-client.ts";
import { EmailField } from "@/features/session/email-field.tsx";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  /** Whose address stands there already. */
  initialEmail?: string;
  /** What comes next; until it is done the form waits. */
  onStep: (step: NextStep) => void | Promise<void>;
  children?: ReactNode;
}

/** Address and password of whoever signs in. */
export function CredentialsForm({ initialEmail = "", onStep, children }: Props) {
  const { t } = useI18n();
  const [email, setEmail] = useState(initialEmail);
  const [password, setPassword] = useState("");
  const signIn = useMutation({ mutationFn: () => allauth.signIn(email.trim(), password), onSuccess: onStep });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!signIn.isPending) signIn.mutate();
  };
  const error = signIn.error === null ? null : asApiError(signIn.error);
  const isRefused = signIn.isSuccess && signIn.data === "signed_out";
  return (
    <form className="stack" onSubmit={submit} noValidate>
      {isRefused ? <ErrorNotice error={new Error(t("auth.refused"))} /> : <ErrorNotice error={error} />}
      <EmailField value={email} onChange={setEmail} />
      <PasswordInput
        label={t("auth.password")}
        name="password"
        autoComplete="current-password"
        required
        data-autofocus={initialEmail === "" ? undefined : true}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": t("auth.show_password") }}
      />
      <Button type="submit" fullWidth loading={signIn.isPending} disabled={email.trim() === "" || password === ""}>
        {t("auth.sign_in")}
      </Button>
      {children}
    </form>
  );
}
