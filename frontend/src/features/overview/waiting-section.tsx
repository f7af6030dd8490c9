import { Button, CloseButton } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";

import { ButtonLink } from "@/components/button-link.tsx";
import { Section } from "@/components/section.tsx";
import { useDismiss, useFetchAgain, useRestore } from "@/features/overview/home-queries.ts";
import classes from "@/features/overview/overview.module.css";
import { LISTS, nextStep, pageOf } from "@/features/overview/waiting-steps.ts";
import type { WaitingItem, WaitingLeft } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { focus } from "@/lib/focus.ts";
import { showToast } from "@/lib/toasts.ts";
import { useNow } from "@/lib/use-now.ts";

interface Props {
  items: readonly WaitingItem[];
  /** What is not among them, for there are many. */
  left: readonly WaitingLeft[];
  canWrite: boolean;
}

/** What waits for a decision, each with the one next step. What is put aside last can be taken back here. */
export function WaitingSection({ items, left, canWrite }: Props) {
  const { t } = useI18n();
  const dismiss = useDismiss();
  const restore = useRestore();
  const [aside, setAside] = useState<WaitingItem | null>(null);
  const onError = (error: unknown) => showToast(describeError(error, t), "error");
  const putAside = (item: WaitingItem) => dismiss.mutate({ kind: item.kind, id: item.id }, { onSuccess: () => setAside(item), onError });
  // Stays while the last one is put aside, so that this can be taken back.
  if (items.length === 0 && aside === null) return null;
  return (
    <Section title={t("overview.waiting")}>
      {items.length > 0 && (
        <ul className={classes["running"]} aria-label={t("overview.waiting")}>
          {items.map((item) => (
            <WaitingLine key={item.id} item={item} canWrite={canWrite} onDismiss={() => putAside(item)} />
          ))}
        </ul>
      )}
      {left.length > 0 && (
        <p className={`row small ${classes["aside"] ?? ""}`}>
          {left.map(({ kind, count }) => (
            <Link key={kind} to={LISTS[kind]}>
              {t(`waiting.left.${kind}`, { count })}
            </Link>
          ))}
        </p>
      )}
      <div role="status">
        {aside && (
          <p className={`row small muted ${classes["aside"] ?? ""}`}>
            <span className="wrap">{t("waiting.dismissed", { name: aside.name })}</span>
            <Button
              variant="default"
              size="xs"
              ref={focus}
              loading={restore.isPending}
              onClick={() => restore.mutate(aside.id, { onSuccess: () => setAside(null), onError })}
            >
              {t("waiting.undo")}
            </Button>
          </p>
        )}
      </div>
    </Section>
  );
}

interface LineProps {
  item: WaitingItem;
  canWrite: boolean;
  onDismiss: () => void;
}

function WaitingLine({ item, canWrite, onDismiss }: LineProps) {
  const { t, format } = useI18n();
  const now = useNow();
  const step = nextStep(item, canWrite);
  const page = pageOf(item);
  return (
    <li className={classes["wait"]} data-kind={item.kind}>
      <div className={classes["waitWords"]}>
        <p className="small faint">
          <span className={classes["waitKind"]}>{t(`waiting.kind.${item.kind}`)}</span> · {format.relative(item.at, now)}
        </p>
        <p className={classes["waitName"]}>
          {page === null ? (
            <span className="name" title={item.name}>
              {item.name}
            </span>
          ) : (
            <Link to={page} className="title-link name" title={item.name}>
              {item.name}
            </Link>
          )}
        </p>
        <p className="wrap muted">
          {item.message}
          {item.more > 0 && ` ${t("waiting.more", { count: item.more })}`}
        </p>
      </div>
      <div className={classes["waitActions"]}>
        {item.kind === "upload_failed" && canWrite ? (
          <FetchAgainButton item={item} />
        ) : (
          <ButtonLink to={step.to} size="sm" variant="default">
            {t(step.label)}
          </ButtonLink>
        )}
        <CloseButton aria-label={t("waiting.dismiss", { name: item.name })} title={t("action.dismiss")} onClick={onDismiss} />
      </div>
    </li>
  );
}

function FetchAgainButton({ item }: { item: WaitingItem }) {
  const { t } = useI18n();
  const again = useFetchAgain();
  const ask = () => {
    if (again.isPending || again.isSuccess) return;
    again.mutate(item.id, {
      onSuccess: () => showToast(t("waiting.fetched_again", { name: item.name })),
      onError: (error) => showToast(describeError(error, t), "error"),
    });
  };
  return (
    <Button size="sm" variant="default" loading={again.isPending} aria-label={t("upload.fetch_again", { name: item.name })} onClick={ask}>
      {t("action.retry")}
    </Button>
  );
}
