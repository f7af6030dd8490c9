import { Button, Select, TextInput } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { type SyntheticEvent, useRef, useState } from "react";

import { CopyField } from "@/components/copy-field.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { curlExample } from "@/features/settings/curl-example.ts";
import { type Expiry, EXPIRIES, expiresAt } from "@/features/settings/key-expiry.ts";
import { useCreateApiKey } from "@/features/settings/settings-queries.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { ApiKeyRole } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { usePageActions } from "@/lib/page-actions.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";
import { useNow } from "@/lib/use-now.ts";

const KEY_ROLES: readonly ApiKeyRole[] = ["member", "viewer", "admin"];

export function ApiKeyForm() {
  const { t } = useI18n();
  const create = useCreateApiKey();
  const keyFor = useIdempotencyKey();
  // A second key of the same name is a new intention, not a repetition of the first.
  const numMade = useRef(0);
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState("");
  const [role, setRole] = useState<ApiKeyRole>("member");
  const [expiry, setExpiry] = useState<Expiry>("90");
  const body = { name: name.trim(), role, expires_at: expiresAt(expiry, useNow()) };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (name.trim() === "" || create.isPending) return;
    create.mutate(
      { ...body, key: keyFor([numMade.current, body]) },
      {
        onSuccess: () => {
          numMade.current += 1;
          setName("");
        },
      },
    );
  };
  usePageActions([{ id: "create-key", label: t("code.key_create"), Icon: IconKey, run: () => field.current?.focus() }]);
  const error = create.error === null ? null : asApiError(create.error);
  const nameError = error?.messageFor("name");
  const secret = create.data?.secret;
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <div className="row" style={{ alignItems: "flex-start" }}>
        <TextInput
          ref={field}
          label={t("keys.name")}
          placeholder={t("keys.name_example")}
          maxLength={100}
          value={name}
          error={nameError}
          onChange={(event) => setName(event.currentTarget.value)}
          style={{ flex: "1 1 200px" }}
        />
        <Select
          label={t("members.role")}
          data={KEY_ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
          value={role}
          allowDeselect={false}
          w={130}
          onChange={(value) => setRole(KEY_ROLES.find((entry) => entry === value) ?? "member")}
        />
        <Select
          label={t("keys.expires")}
          data={EXPIRIES.map((value) => ({ value, label: value === "never" ? t("keys.never") : t("keys.days", { count: Number(value) }) }))}
          value={expiry}
          allowDeselect={false}
          w={130}
          onChange={(value) => setExpiry(EXPIRIES.find((entry) => entry === value) ?? "90")}
        />
        <Button type="submit" variant="default" mt={24} loading={create.isPending} disabled={name.trim() === ""}>
          {t("keys.create")}
        </Button>
      </div>
      {error !== null && !nameError && <ErrorNotice error={error} />}
      {secret === null && <Notice tone="warning" title={t("keys.lost_title")}>{t("keys.lost_hint")}</Notice>}
      {typeof secret === "string" && (
        <Notice tone="warning" title={t("keys.once_title")}>
          <div className="stack" style={{ gap: 12 }}>
            <p>{t("keys.once_hint")}</p>
            <CopyField label={t("keys.secret")} text={secret} />
            <CopyField label={t("keys.curl")} text={curlExample(location.origin, secret)} />
          </div>
        </Notice>
      )}
    </form>
  );
}
