import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import type { ApiError } from "@/lib/api-error.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { ImportWish } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  onImport: (wish: ImportWish) => Promise<void>;
}

const NO_ACCESS = { access_key_id: "", secret_access_key: "", region: "", endpoint_url: "" };

/** A file is named by its address; the server fetches it while the page may be closed. */
export function ImportForm({ onImport }: Props) {
  const { t } = useI18n();
  const [url, setUrl] = useState("");
  const [access, setAccess] = useState(NO_ACCESS);
  const [isPending, setIsPending] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const isBucket = url.trim().startsWith("s3://");
  const field = (name: keyof typeof NO_ACCESS) => ({
    value: access[name],
    autoComplete: "off",
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setAccess((before) => ({ ...before, [name]: value }));
    },
  });
  const send = async () => {
    setIsPending(true);
    setError(null);
    const { region, endpoint_url, ...keys } = access;
    const s3 = { ...keys, ...(region.trim() === "" ? {} : { region: region.trim() }), ...(endpoint_url.trim() === "" ? {} : { endpoint_url: endpoint_url.trim() }) };
    try {
      await onImport({ url: url.trim(), ...(isBucket ? { s3 } : {}) });
      setUrl("");
      setAccess(NO_ACCESS);
    } catch (refusal) {
      setError(asApiError(refusal));
    } finally {
      setIsPending(false);
    }
  };
  return (
    <div className="stack">
      {error !== null && <ErrorNotice error={error} />}
      <TextInput
        label={t("import.url")}
        description={t("import.hint")}
        placeholder="https://"
        type="url"
        inputMode="url"
        spellCheck={false}
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      {isBucket && (
        <>
          <TextInput label={t("import.access_key")} spellCheck={false} {...field("access_key_id")} />
          <PasswordInput label={t("import.secret_key")} description={t("import.secret_hint")} {...field("secret_access_key")} />
          <TextInput label={t("import.region")} placeholder="us-east-1" spellCheck={false} {...field("region")} />
          <TextInput label={t("import.endpoint")} description={t("import.endpoint_hint")} spellCheck={false} {...field("endpoint_url")} />
        </>
      )}
      <div className="row">
        <Button variant="default" loading={isPending} disabled={url.trim() === ""} onClick={() => void send()}>
          {t("import.begin")}
        </Button>
      </div>
    </div>
  );
}
