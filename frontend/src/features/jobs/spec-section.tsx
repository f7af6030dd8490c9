import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { Notice } from "@/components/notice.tsx";
import { Section } from "@/components/section.tsx";
import { SpecEditor, type SpecProblem } from "@/features/jobs/spec-editor.tsx";
import { specSchema } from "@/features/jobs/spec-schema.ts";
import { useEstimate } from "@/features/jobs/use-estimate.ts";
import { ApiError, asApiError } from "@/lib/api-error.ts";
import type { JobCreate } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { type JsonDocument, placeOf } from "@/lib/json-text.ts";

/** The schema that the API publishes; fetched when somebody writes JSON, and once. */
export function useSpecSchema(isWanted: boolean) {
  return useQuery({
    queryKey: ["schema", "job"],
    queryFn: async () => {
      const answer = await fetch("/api/v1/schema", { headers: { Accept: "application/vnd.oai.openapi+json, application/json" } });
      if (!answer.ok) throw new ApiError({ status: answer.status, code: "client.unreadable", message: answer.statusText });
      return specSchema(await answer.json());
    },
    enabled: isWanted,
    staleTime: Infinity,
  });
}

/** The launch that a text says; null while it is no JSON object. Whether it is a right one the server says. */
export function launchOf({ value }: JsonDocument): JobCreate | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JobCreate) : null;
}

interface Props {
  text: string;
  /** What the text says. */
  document: JsonDocument;
  isAllowed: boolean;
  /** What the server said when it was launched. */
  refusal: ApiError | null;
  onChange: (text: string) => void;
  onBack: () => void;
}

/** The whole launch as JSON, beside which the form has no say. */
export function SpecSection({ text, document, isAllowed, refusal, onChange, onBack }: Props) {
  const { t } = useI18n();
  const schema = useSpecSchema(true);
  const [isAsking, setIsAsking] = useState(false);
  const body = launchOf(document);
  const { estimate, isCurrent } = useEstimate(body, isAllowed);
  const error = refusal ?? (isCurrent && estimate.isError ? asApiError(estimate.error) : null);
  const problems: SpecProblem[] = [];
  if (document.problem !== null) problems.push({ offset: document.problem.offset, message: t(`spec.problem_${document.problem.kind}`, { found: document.problem.found }) });
  else if (body === null) problems.push({ offset: 0, message: t("spec.no_object") });
  else if (error !== null && !error.isTemporary) {
    const details = error.details.length > 0 ? error.details : [{ param: error.param, message: error.message }];
    // Of a setting that may be one of several things each of them is refused; the first is what was meant.
    const byField = new Map(details.toReversed().map((detail) => [detail.param, detail.message]));
    problems.push(...[...byField].reverse().map(([param, message]) => ({ offset: placeOf(document.places, param ?? ""), message })));
  }
  const isRight = problems.length === 0 && isCurrent && estimate.data !== undefined;
  return (
    <Section
      title={t("spec.title")}
      hint={t("spec.hint")}
      actions={
        <Button variant="default" size="sm" onClick={() => (body === null ? setIsAsking(true) : onBack())}>
          {t("spec.back")}
        </Button>
      }
    >
      <div className="stack">
        <SpecEditor text={text} schema={schema.data ?? null} problems={problems} isReadOnly={!isAllowed} onChange={onChange} />
        {schema.isError && <p className="small muted">{t("spec.no_schema")}</p>}
        {error?.isTemporary === true && <Notice tone="warning">{t("spec.unchecked")}</Notice>}
        {isRight && <Notice tone="good">{t("spec.right")}</Notice>}
      </div>
      <ConfirmDialog isOpen={isAsking} title={t("spec.leave_title")} confirmLabel={t("spec.leave")} isPending={false} onConfirm={onBack} onClose={() => setIsAsking(false)}>
        <p>{t("spec.leave_lead")}</p>
      </ConfirmDialog>
    </Section>
  );
}
