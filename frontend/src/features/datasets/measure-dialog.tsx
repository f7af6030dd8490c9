import { Button, Modal } from "@mantine/core";

import { CodeFold } from "@/components/code-fold.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { datasetCalls } from "@/features/datasets/calls.ts";
import classes from "@/features/datasets/effect.module.css";
import { useMeasureEffect } from "@/features/datasets/effect-queries.ts";
import type { FindingEffect, MissingJob } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  effect: FindingEffect;
  findingId: string;
  onClose: () => void;
}

/** Says which jobs measuring launches and what they will take, and launches them. */
export function MeasureDialog({ effect, findingId, onClose }: Props) {
  const { t } = useI18n();
  const measure = useMeasureEffect(findingId);
  const count = effect.missing.length;
  return (
    <Modal opened onClose={onClose} title={t("effect.measure")} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <div className="stack">
        <p>{t("effect.launches", { count, model: effect.base_model ?? "–" })}</p>
        <ul className={classes["missing"]}>
          {effect.missing.map((one) => (
            <li key={one.side}>
              <strong>{t(`effect.side.${one.side}`, { version: `v${one.version_number}` })}</strong>
              <Takes one={one} />
            </li>
          ))}
        </ul>
        <p className="small muted">{effect.num_shared === null ? t("effect.like_others") : t("effect.will_compare", { count: effect.num_shared })}</p>
        <ErrorNotice error={measure.error} />
        <CodeFold calls={[datasetCalls.measure(findingId)]} />
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose} disabled={measure.isPending}>
            {t("action.cancel")}
          </Button>
          <Button onClick={() => measure.mutate(effect, { onSuccess: onClose })} loading={measure.isPending} data-autofocus>
            {t("effect.launch", { count })}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

function Takes({ one: { estimate } }: { one: MissingJob }) {
  const { t, format } = useI18n();
  const { seconds, price } = estimate;
  return (
    <span>
      {t("estimate.time", { low: format.duration(seconds.low), high: format.duration(seconds.high) })}{" "}
      {price !== null && t("estimate.price", { low: format.money(price.low, estimate.currency), high: format.money(price.high, estimate.currency) })}
      {estimate.limits.map((hit) => (
        <span key={hit.field} className={classes["limit"]}>
          {hit.message}
        </span>
      ))}
    </span>
  );
}
