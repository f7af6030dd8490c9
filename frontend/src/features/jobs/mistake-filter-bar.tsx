import { Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";

import { labelsOf, type MistakeFilter } from "@/features/jobs/mistake-filter.ts";
import type { Mistake } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  mistakes: readonly Mistake[];
  filter: MistakeFilter;
  /** Whether answers are labels, of which there are few, and not numbers. */
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
      <TextInput
        aria-label={t("result.search")}
        placeholder={t("result.search")}
        leftSection={<IconSearch size={15} aria-hidden />}
        value={filter.words}
        maxLength={200}
        w={240}
        onChange={(event) => onChange({ ...filter, words: event.currentTarget.value })}
      />
      {hasLabels && choice("label", "truth", t("result.truth"))}
      {hasLabels && choice("predicted", "predicted", t("result.predicted"))}
    </div>
  );
}
