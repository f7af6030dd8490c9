import { Select } from "@mantine/core";

import { labelsOf, type MistakeFilter } from "@/features/jobs/mistake-filter.ts";
import { WordsField } from "@/features/jobs/words-field.tsx";
import type { Mistake } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  mistakes: readonly Mistake[];
  filter: MistakeFilter;
  /** Whether answers are labels, of which there are few, and not numbers or spans. */
  hasLabels: boolean;
  onChange: (filter: MistakeFilter) => void;
}

/** Which wrong rows are looked at. */
export function MistakeFilterBar({ mistakes, filter, hasLabels, onChange }: Props) {
  const { t } = useI18n();
  const choice = (side: "label" | "predicted", name: "truth" | "predicted", title: string) => (
    <Select
      aria-label={title}
      placeholder={title}
      data={labelsOf(mistakes, side)}
      value={filter[name]}
      clearable
      searchable
      w={210}
      clearButtonProps={{ "aria-label": t("result.any_label", { name: title }) }}
      nothingFoundMessage={t("result.none_found")}
      onChange={(value) => onChange({ ...filter, [name]: value })}
    />
  );
  return (
    <div className="row" role="search" data-print="never" aria-label={t("result.filter")}>
      <WordsField label={t("result.search")} words={filter.words} onChange={(words) => onChange({ ...filter, words })} />
      {hasLabels && choice("label", "truth", t("result.truth"))}
      {hasLabels && choice("predicted", "predicted", t("result.predicted"))}
    </div>
  );
}
