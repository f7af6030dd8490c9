import { Button } from "@mantine/core";
import { useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { CellText } from "@/features/labelling/cell-text.tsx";
import { sameValue, valueText } from "@/features/labelling/label-values.ts";
import { DISAGREEMENTS_SHOWN, useDecide, useDisagreements } from "@/features/labelling/labelling-queries.ts";
import classes from "@/features/labelling/labelling.module.css";
import { ReviewTurns } from "@/features/labelling/review-turns.tsx";
import { tokensOf } from "@/features/labelling/row-editor.tsx";
import type { LabelDisagreement, LabelSession } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  session: LabelSession;
  isReadOnly: boolean;
}

/** Rows on which people differ; whoever began the session says which answer is to count. */
export function Disputes({ session, isReadOnly }: Props) {
  const { t } = useI18n();
  const [offset, setOffset] = useState(0);
  const rows = useDisagreements(session.id, offset, true);
  return (
    <Section title={t("labelling.disputes")} hint={t("labelling.disputes_hint")}>
      <QueryView query={rows} lines={4}>
        {({ data, total }) => (
          <>
            {data.map((dispute) => (
              <Dispute key={dispute.row.id} session={session} dispute={dispute} isReadOnly={isReadOnly} />
            ))}
            {total > DISAGREEMENTS_SHOWN && (
              <div className="row">
                <Button variant="default" disabled={offset === 0} onClick={() => setOffset(offset - DISAGREEMENTS_SHOWN)}>
                  {t("action.previous")}
                </Button>
                <Button variant="default" disabled={offset + DISAGREEMENTS_SHOWN >= total} onClick={() => setOffset(offset + DISAGREEMENTS_SHOWN)}>
                  {t("action.next")}
                </Button>
              </div>
            )}
          </>
        )}
      </QueryView>
    </Section>
  );
}

function Dispute({ session, dispute, isReadOnly }: Props & { dispute: LabelDisagreement }) {
  const { t } = useI18n();
  const decide = useDecide(session.id);
  const tokens = tokensOf(dispute.row.cells["tokens"]);
  const values = [dispute.present, ...dispute.answers.map((one) => one.value)];
  const choices = values.filter((value, index) => values.findIndex((other) => sameValue(other, value)) === index);
  const who = (value: LabelDisagreement["present"]) => dispute.answers.filter((one) => sameValue(one.value, value)).map((one) => one.person.email);
  return (
    <article className={classes["dispute"]}>
      {Object.entries(dispute.row.cells).map(([role, cell]) => (
        <CellText key={role} cell={cell} />
      ))}
      <ul className={classes["answers"]}>
        {choices.map((value) => (
          <li key={JSON.stringify(value)}>
            <Button
              size="xs"
              variant={sameValue(dispute.decision, value) ? "filled" : "default"}
              aria-pressed={sameValue(dispute.decision, value)}
              disabled={isReadOnly}
              loading={decide.isPending && sameValue(decide.variables.value, value)}
              onClick={() => decide.mutate({ rowId: dispute.row.id, value })}
            >
              {valueText(value, t, tokens)}
            </Button>
            <span className="small muted wrap">
              {[...who(value), ...(sameValue(value, dispute.present) ? [t("labelling.present")] : [])].join(", ")}
            </span>
            {value.review && <ReviewTurns review={value.review} />}
          </li>
        ))}
      </ul>
      <ErrorNotice error={decide.error} />
    </article>
  );
}
