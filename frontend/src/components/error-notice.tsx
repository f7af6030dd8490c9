import { Notice } from "@/components/notice.tsx";
import { asApiError } from "@/lib/api-error.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  error: unknown;
  title?: string;
}

const SHOWN_DETAILS = 8;

/** What an action was refused for, in the server's words, with the single points under it. */
export function ErrorNotice({ error, title }: Props) {
  const { t } = useI18n();
  if (error === null || error === undefined) return null;
  const { details, requestId, message } = asApiError(error);
  const points = details.filter((detail) => detail.message !== message);
  return (
    <Notice tone="error" isAlert {...(title === undefined ? {} : { title })}>
      <p>{describeError(error, t)}</p>
      {points.length > 0 && (
        <ul className="small">
          {points.slice(0, SHOWN_DETAILS).map((detail) => (
            <li key={`${detail.param ?? ""} ${detail.code} ${detail.message}`}>
              {detail.param != null && <code>{detail.param}: </code>}
              {detail.message}
            </li>
          ))}
        </ul>
      )}
      {requestId !== null && <p className="small muted">{t("error.request_id", { id: requestId })}</p>}
    </Notice>
  );
}
