import { Button, Modal } from "@mantine/core";
import { useRef, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { RadioCard, RadioCards } from "@/components/radio-card.tsx";
import { useFinishSession } from "@/features/labelling/labelling-queries.ts";
import { ApiError } from "@/lib/api-error.ts";
import type { LabelResolve, LabelSession } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useFocusRefused } from "@/lib/use-focus-refused.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";

const RESOLVES = ["majority", "newest", "adjudicated"] as const satisfies readonly LabelResolve[];

interface Props {
  session: LabelSession;
  onClose: () => void;
}

/** Says what becomes of rows on which people differ, and that the version before stays. */
export function FinishDialog({ session, onClose }: Props) {
  const { t } = useI18n();
  const finish = useFinishSession(session.id);
  const keyOf = useIdempotencyKey();
  const form = useRef<HTMLDivElement>(null);
  useFocusRefused(form, finish.error);
  const refusal = finish.error instanceof ApiError ? finish.error : null;
  const [resolve, setResolve] = useState<LabelResolve>("majority");
  return (
    <Modal opened onClose={onClose} title={t("labelling.finish")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <div ref={form} className="stack">
        <p>{t("labelling.finish_hint")}</p>
        <RadioCards legend={t("labelling.resolve")} error={refusal?.messageFor("resolve") ?? null}>
          {RESOLVES.map((one) => (
            <RadioCard
              key={one}
              name="resolve"
              value={one}
              isChecked={resolve === one}
              onChoose={() => setResolve(one)}
              title={t(`labelling.resolve.${one}`)}
              text={t(`labelling.resolve_hint.${one}`)}
            />
          ))}
        </RadioCards>
        {refusal?.isOnlyAbout(["resolve"]) !== true && <ErrorNotice error={finish.error} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button loading={finish.isPending} onClick={() => finish.mutate({ resolve, key: keyOf({ resolve, at: session.change?.id ?? null }) }, { onSuccess: onClose })}>
            {t("labelling.finish")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
