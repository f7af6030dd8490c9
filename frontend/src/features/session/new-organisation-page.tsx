import { Button, TextInput } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";
import { Navigate, useNavigate } from "react-router";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { AuthLayout } from "@/features/session/auth-layout.tsx";
import { DeleteAccountForm } from "@/features/session/delete-account-form.tsx";
import { useCreateTenant, useSession, useSignOut } from "@/features/session/session-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function NewOrganisationPage() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const session = useSession();
  const create = useCreateTenant();
  const signOut = useSignOut();
  const [name, setName] = useState("");
  const [isLeaving, setLeaving] = useState(false);
  if (session.data?.user === null) return <Navigate to="/sign-in" replace />;

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (create.isPending) return;
    create.mutate(name.trim(), { onSuccess: () => void navigate("/", { replace: true }) });
  };
  const error = create.error === null ? null : asApiError(create.error);
  const nameError = error?.messageFor("name");
  const user = session.data?.user;
  const isFirst = session.data?.tenants.length === 0;
  if (isLeaving && user) return <DeleteAccountForm email={user.email} onBack={() => setLeaving(false)} />;
  return (
    <AuthLayout title={t(isFirst ? "org.first_title" : "org.new_title")} lead={t("org.first_lead")}>
      <form className="stack" onSubmit={submit} noValidate>
        {error !== null && !nameError && <ErrorNotice error={error} />}
        <TextInput
          label={t("org.name")}
          autoComplete="organization"
          maxLength={100}
          required
          value={name}
          error={nameError}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" fullWidth loading={create.isPending} disabled={name.trim() === ""}>
          {t("org.create")}
        </Button>
        {isFirst ? (
          <>
            <Button variant="subtle" loading={signOut.isPending} onClick={() => signOut.mutate()}>
              {t("auth.sign_out")}
            </Button>
            <Button variant="subtle" onClick={() => setLeaving(true)}>
              {t("account.delete")}
            </Button>
          </>
        ) : (
          <Button variant="subtle" onClick={() => void navigate("/")}>
            {t("action.back")}
          </Button>
        )}
      </form>
    </AuthLayout>
  );
}
