import { Section } from "@/components/section.tsx";
import { LabelDistribution } from "@/features/datasets/label-distribution.tsx";
import type { ColumnStatistics, DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

interface Props {
  version: DatasetVersion;
}

/** What the columns of a version hold, for the kinds of which a picture says something. */
export function VersionStatistics({ version }: Props) {
  return version.statistics.map((column) => <ColumnPicture key={column.role} column={column} />);
}

function ColumnPicture({ column }: { column: ColumnStatistics }) {
  const { t, format } = useI18n();
  if (column.histogram !== undefined && column.histogram.length > 0) {
    const title = t("dataset.number_distribution", { part: partTitle(column.role, t) });
    const counts = column.histogram.map(({ low, high, ...splits }) => ({ ...splits, label: `${format.significant(low)} – ${format.significant(high)}` }));
    const facts = { mean: format.significant(column.mean ?? 0), deviation: format.significant(column.deviation ?? 0) };
    return (
      <Section title={title} hint={t("dataset.number_facts", facts)}>
        <LabelDistribution title={title} counts={counts} isOrdered />
      </Section>
    );
  }
  const counts = column.spans ?? column.labels;
  if (counts === undefined || counts.length === 0) return null;
  const title = t(column.spans === undefined ? "dataset.label_distribution" : "dataset.span_distribution");
  return (
    <Section title={title} hint={column.num_empty ? t("dataset.without_label", { count: column.num_empty }) : undefined}>
      <LabelDistribution title={title} counts={counts} />
    </Section>
  );
}
