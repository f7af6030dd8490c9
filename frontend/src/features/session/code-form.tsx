import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import { allauth, type NextStep } from "@/features/session/allauth-client.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  step: "verify_email" | "second_factor";
  /** What comes next; until it is done the form waits. */
  onStep: (step: NextStep) => void | Promise<void>;
}

/** The one more step: a code from the mail, or from the authenticator app. */
export function CodeForm({ step, onStep }: Props) {
  const { t } = useI18n();
  const [code, setCode] = useState("");
  const check = useMutation({
    mutationFn: () => (step === "verify_email" ? allauth.verifyEmail(code.trim()) : allauth.secondFactor(code.trim())),
    onSuccess: onStep,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!check.isPending) check.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextInput
        label={t("auth.code")}
        autoComplete="one-time-code"
        inputMode={step === "second_factor" ? "numeric" : "text"}
        required
        value={code}
        error={check.error === null ? null : describeError(check.error, t)}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" fullWidth loading={check.isPending} disabled={code.trim() === ""}>
        {t("action.continue")}
      </Button>
      <Button variant="subtle" onClick={() => void onStep("signed_out")}>
        {t("auth.start_over")}
      </Button>
    </form>
  );
}
