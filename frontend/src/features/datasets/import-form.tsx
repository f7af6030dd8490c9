import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useRef, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { BucketFiles } from "@/features/datasets/bucket-files.tsx";
import { api, unwrap } from "@/lib/api-client.ts";
import type { ApiError } from "@/lib/api-error.ts";
import { asApiError } from "@/lib/api-error.ts";
import type { BucketListing, ImportWish } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useFocusRefused } from "@/lib/use-focus-refused.ts";

interface Props {
  onImport: (wish: ImportWish) => Promise<void>;
}

const NO_ACCESS = { access_key_id: "", secret_access_key: "", region: "", endpoint_url: "" };
const ACCESS_FIELDS = Object.keys(NO_ACCESS).map((name) => `s3.${name}`);

/** A bucket alone, or a name in it that ends as folders do. */
function isFolder(url: string): boolean {
  return /^s3:\/\/[^/]+(\/(.*\/)?)?$/.test(url);
}

/** A file is named by its address; the server fetches it while the page may be closed. What lies in a folder of a bucket is chosen from. */
export function ImportForm({ onImport }: Props) {
  const { t } = useI18n();
  const [url, setUrl] = useState("");
  const [access, setAccess] = useState(NO_ACCESS);
  const [isPending, setIsPending] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [listing, setListing] = useState<BucketListing | null>(null);
  const form = useRef<HTMLDivElement>(null);
  useFocusRefused(form, error);
  const address = url.trim();
  const isBucket = address.startsWith("s3://");
  const field = (name: keyof typeof NO_ACCESS) => ({
    value: access[name],
    autoComplete: "off",
    error: error?.messageFor(`s3.${name}`),
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setAccess((before) => ({ ...before, [name]: value }));
    },
  });
  const { region, endpoint_url, ...keys } = access;
  const s3 = { ...keys, ...(region.trim() === "" ? {} : { region: region.trim() }), ...(endpoint_url.trim() === "" ? {} : { endpoint_url: endpoint_url.trim() }) };
  const attempt = async (work: () => Promise<void>) => {
    setIsPending(true);
    setError(null);
    try {
      await work();
    } catch (refusal) {
      setError(asApiError(refusal));
    } finally {
      setIsPending(false);
    }
  };
  const forget = () => {
    setUrl("");
    setAccess(NO_ACCESS);
    setListing(null);
  };
  const send = () =>
    attempt(async () => {
      if (isFolder(address)) {
        setListing(null); // What was chosen belongs to what was there.
        setListing(await unwrap(api.POST("/api/v1/uploads/import/list", { body: { url: address, s3 } })));
        return;
      }
      await onImport({ url: address, ...(isBucket ? { s3 } : {}) });
      forget();
    });
  const fetchSome = (urls: readonly string[]) =>
    attempt(async () => {
      for (const wanted of urls) {
        await onImport({ url: wanted, s3 });
        // What is on its way is not offered again when one of the next is refused.
        setListing((before) => before && { ...before, files: before.files.filter((file) => file.url !== wanted) });
      }
      forget();
    });
  return (
    <div ref={form} className="stack">
      {error?.isOnlyAbout(["url", ...(isBucket ? ACCESS_FIELDS : [])]) !== true && <ErrorNotice error={error} />}
      <TextInput
        label={t("import.url")}
        description={t("import.hint")}
        placeholder="https://"
        type="url"
        inputMode="url"
        spellCheck={false}
        value={url}
        error={error?.messageFor("url")}
        onChange={(event) => {
          setUrl(event.currentTarget.value);
          setListing(null);
        }}
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
        <Button variant="default" loading={isPending} disabled={address === ""} onClick={() => void send()}>
          {t(isFolder(address) ? "import.list" : "import.begin")}
        </Button>
      </div>
      {listing !== null && <BucketFiles key={address} listing={listing} isPending={isPending} onFetch={fetchSome} />}
    </div>
  );
}
