import { type ComboboxParsedItem, Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";

import { useDatasets, useNamedDataset } from "@/features/datasets/dataset-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { MOST_CHARACTERS } from "@/lib/use-name-filter.ts";

const QUIET_MS = 150;

interface Props extends Pick<SelectProps, "label" | "aria-label" | "placeholder" | "className" | "clearable" | "clearButtonProps" | "allowDeselect"> {
  value: string | null;
  /** Only those that have a version. */
  hasVersion?: boolean;
  onChange: (id: string | null) => void;
}

/** One dataset of any number: the newest are offered, every other one is found by its name. */
export function DatasetSelect({ value, hasVersion = false, onChange, ...looks }: Props) {
  const { t } = useI18n();
  const chosen = useNamedDataset(value);
  const [typed, setTyped] = useState("");
  // One that is gone is shown as it is, so that it can be taken away.
  const name = value === null ? "" : (chosen.data?.name ?? (chosen.isError ? value : t("state.loading")));
  const wanted = typed === name ? "" : typed.trim().slice(0, MOST_CHARACTERS);
  const [asked] = useDebouncedValue(wanted, QUIET_MS);
  const found = useDatasets(asked === "" ? {} : { q: asked });
  const isAnswered = asked === wanted && !found.isPlaceholderData;
  const options = (found.data?.pages ?? [])
    .flatMap((page) => page.data)
    .filter((dataset) => !hasVersion || dataset.latest_version !== null)
    .map((dataset) => ({ value: dataset.id, label: dataset.name }));
  const { hasNextPage, isFetching, fetchNextPage } = found;
  // A page of datasets that are still being read offers nothing; the next may.
  const isBare = hasVersion && options.length === 0 && hasNextPage && !isFetching;
  useEffect(() => {
    if (isBare) void fetchNextPage();
  }, [isBare, fetchNextPage]);
  const isFound = options.some((option) => option.value === value);
  // The server has looked for the words. Until it answers, what was found before is looked through here.
  const isShown = (option: ComboboxParsedItem) => {
    if (!("value" in option)) return true;
    if (option.value === value && !isFound) return false;
    return isAnswered || wanted.toLowerCase().split(/\s+/).every((word) => option.label.toLowerCase().includes(word));
  };
  return (
    <Select
      {...looks}
      searchable
      value={value}
      data={value === null || isFound ? options : [{ value, label: name }, ...options]}
      filter={({ options: all }) => (wanted === "" ? all : all.filter(isShown))}
      onSearchChange={setTyped}
      nothingFoundMessage={found.isError ? t("dataset.search_failed") : isAnswered && !found.isPending && !isBare && !found.isFetchingNextPage ? t("jobs.none_found") : t("state.loading")}
      onChange={onChange}
    />
  );
}
