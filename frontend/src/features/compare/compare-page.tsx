import { useNavigate, useSearchParams } from "react-router";

import { PageHeader } from "@/components/page-header.tsx";
import { PrintButton } from "@/components/print-button.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { AddJob } from "@/features/compare/add-job.tsx";
import { type Asked, askedOf, compareAddress, LEAST_JOBS } from "@/features/compare/compare-address.ts";
import { compareCode } from "@/features/compare/compare-code.ts";
import { useComparison } from "@/features/compare/compare-queries.ts";
import { ComparedCurves } from "@/features/compare/compared-curves.tsx";
import { ComparedJobs } from "@/features/compare/compared-jobs.tsx";
import { ComparedResults } from "@/features/compare/compared-results.tsx";
import { DifferingSettings } from "@/features/compare/differing-settings.tsx";
import { DisagreeingRows } from "@/features/compare/disagreeing-rows.tsx";
import { LoneJob } from "@/features/compare/lone-job.tsx";
import { PairVerdicts } from "@/features/compare/pair-verdicts.tsx";
import { ShareButton } from "@/features/share/share-button.tsx";
import type { JobsComparison } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

export function ComparePage() {
  const { t } = useI18n();
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const asked = askedOf(query);
  const ask = (next: Asked) => void navigate(compareAddress(next, query), { replace: true });
  const comparison = useComparison(asked);
  return (
    <>
      <PageHeader
        title={t("compare.title")}
        code={compareCode(asked, t)}
        trail={[{ to: "/jobs", label: t("nav.jobs") }]}
        lead={t("compare.lead")}
        actions={
          asked.ids.length < LEAST_JOBS ? undefined : (
            <>
              <ShareButton />
              {comparison.data && <PrintButton />}
            </>
          )
        }
      />
      <div data-print="never">
        <AddJob asked={asked} onAdd={(id) => ask({ ...asked, ids: [...asked.ids, id] })} />
      </div>
      {asked.ids.length < LEAST_JOBS ? (
        <LoneJob jobId={asked.ids[0] ?? null} />
      ) : (
        <QueryView query={comparison} lines={8}>
          {(found) => <Compared comparison={found} asked={asked} onAsk={ask} />}
        </QueryView>
      )}
    </>
  );
}

interface Props {
  comparison: JobsComparison;
  asked: Asked;
  onAsk: (asked: Asked) => void;
}

function Compared({ comparison, asked, onAsk }: Props) {
  const { t } = useI18n();
  return (
    <>
      <Section title={t("compare.jobs")}>
        <ComparedJobs
          comparison={comparison}
          onRemove={(id) => onAsk({ ...asked, ids: asked.ids.filter((other) => other !== id) })}
          onBaseline={(baseline) => onAsk({ ...asked, baseline })}
        />
      </Section>
      <PairVerdicts comparison={comparison} />
      <ComparedResults comparison={comparison} />
      <ComparedCurves comparison={comparison} />
      <DifferingSettings comparison={comparison} />
      <DisagreeingRows key={`${asked.ids.join()} ${asked.baseline ?? ""}`} asked={asked} jobs={comparison.jobs} />
    </>
  );
}
