import { Notice } from "@/components/notice.tsx";
import { Section } from "@/components/section.tsx";
import { ProblemsTable } from "@/features/datasets/problems-table.tsx";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  dataset: Dataset;
}

/** What was wrong with the uploaded files; nothing where nothing was. */
export function FileProblems({ dataset }: Props) {
  const { t } = useI18n();
  if (dataset.num_problems === 0) return null;
  const errors = dataset.problems.filter((problem) => problem.severity === "error").length;
  return (
    <Section title={t("problems.title_count", { count: dataset.num_problems })} hint={t("problems.hint")}>
      <div className="stack">
        {dataset.state === "invalid" && <Notice tone="error">{t("problems.blocking", { count: errors })}</Notice>}
        <ProblemsTable dataset={dataset} />
      </div>
    </Section>
  );
}
