import { useSearchParams } from "react-router";

import { PageHeader } from "@/components/page-header.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { JobFormView } from "@/features/jobs/job-form-view.tsx";
import { EMPTY_FORM } from "@/features/jobs/job-form.ts";
import { useJob, useLookedAt } from "@/features/jobs/job-queries.ts";
import { proposalOf, withProposal } from "@/features/jobs/proposal.ts";
import { formFromJob } from "@/features/jobs/spec-text.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** A new job, empty or filled from another one (`?from=`, with one setting changed by `&set=&to=`), or for one dataset (`?dataset=&version=`). */
export function NewJobPage() {
  const { t } = useI18n();
  const [params] = useSearchParams();
  const from = params.get("from") ?? "";
  const source = useJob(from, true);
  useLookedAt(source.data);
  return (
    <>
      <PageHeader title={t("job.new_title")} lead={t("job.new_lead")} trail={[{ to: "/jobs", label: t("nav.jobs") }]} />
      {from === "" ? (
        <JobFormView initial={{ ...EMPTY_FORM, datasetId: params.get("dataset"), versionId: params.get("version") }} />
      ) : (
        <QueryView query={source}>
          {(job) => {
            const { form, marked } = withProposal(formFromJob(job, t("job.copy_of", { name: job.name }).slice(0, 200)), job, proposalOf(params));
            return <JobFormView initial={form} marked={marked} />;
          }}
        </QueryView>
      )}
    </>
  );
}
