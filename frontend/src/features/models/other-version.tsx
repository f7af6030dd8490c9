import { Select } from "@mantine/core";
import { useDeferredValue, useState } from "react";

import { useFoundVersions, useModelVersion } from "@/features/models/model-queries.ts";
import { isServed } from "@/features/models/not-served.tsx";
import type { ModelVersionDetail } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** So many are offered; whoever misses one types its name. */
const MOST = 50;

export function fullName({ model_name: name, number }: Pick<ModelVersionDetail, "model_name" | "number">): string {
  return `${name} v${number}`;
}

interface Props {
  versionId: string;
  task: string;
  /** The one that is chosen, by the address. */
  otherId: string | null;
  onChange: (id: string | null) => void;
}

/** Another version for the same task, of this model or any other one. */
export function OtherVersion({ versionId, task, otherId, onChange }: Props) {
  const { t } = useI18n();
  const chosen = useModelVersion(otherId).data;
  const [typed, setTyped] = useState<string | null>(null);
  const name = chosen?.id === otherId ? fullName(chosen) : "";
  // What is chosen stands in the field; it is no search.
  const words = useDeferredValue(typed === null || typed === name ? "" : typed.trim());
  const found = useFoundVersions({ task, limit: MOST, ...(words === "" ? {} : { q: words }) });
  const others = (found.data?.data ?? []).filter((version) => version.id !== versionId && isServed(version, task));
  const all = chosen && !others.some(({ id }) => id === chosen.id) ? [chosen, ...others] : others;
  return (
    <Select
      label={t("try.other")}
      description={t("try.other_hint")}
      placeholder={t("try.other_none")}
      maw={420}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t("try.other_clear") }}
      data={all.map((version) => ({ value: version.id, label: fullName(version) }))}
      // The server has looked for the words already.
      filter={({ options }) => options}
      searchValue={typed ?? name}
      onSearchChange={setTyped}
      nothingFoundMessage={found.isError ? t("try.other_failed") : found.isPending ? t("state.loading") : t("try.other_nothing")}
      value={otherId}
      onChange={onChange}
    />
  );
}
