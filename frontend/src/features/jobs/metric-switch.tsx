import { SegmentedControl, Select } from "@mantine/core";

import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { describeMetric } from "@/lib/metrics.ts";

const MOST_SIDE_BY_SIDE = 4;

interface Props {
  label: string;
  names: readonly string[];
  value: string;
  onChange: (name: string) => void;
}

/** Which metric is shown: side by side as long as there is room, else in a list. */
export function MetricSwitch({ label, names, value, onChange }: Props) {
  const i18n = useI18n();
  const metrics = names.map((name) => describeMetric(name, i18n));
  return metrics.length <= MOST_SIDE_BY_SIDE ? (
    <SegmentedControl aria-label={label} value={value} onChange={onChange} data={metrics.map((metric) => ({ value: metric.name, label: metric.short }))} />
  ) : (
    <Select
      aria-label={label}
      w={200}
      allowDeselect={false}
      value={value}
      onChange={(name) => onChange(name ?? value)}
      data={metrics.map((metric) => ({ value: metric.name, label: metric.label }))}
    />
  );
}
