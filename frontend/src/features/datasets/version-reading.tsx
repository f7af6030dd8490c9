import { Select } from "@mantine/core";
import { useState } from "react";

import { Section } from "@/components/section.tsx";
import { EMPTY_FORM, jobBody } from "@/features/jobs/job-form.ts";
import { useBaseModels } from "@/features/jobs/job-queries.ts";
import { ReadingPanel } from "@/features/jobs/reading-panel.tsx";
import type { DatasetVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { taskName } from "@/lib/tasks.ts";

interface Props {
  version: DatasetVersion;
  isAllowed: boolean;
}

/** The first rows as a base model would read them, by the settings that a job starts from; those of a job are tried where it is made. */
export function VersionReading({ version, isAllowed }: Props) {
  const { t } = useI18n();
  const models = useBaseModels();
  const [chosen, setChosen] = useState<string | null>(null);
  const able = models.data?.data.filter((model) => model.tasks.includes(version.task)) ?? [];
  const baseModel = chosen ?? able[0]?.slug ?? null;
  const body = baseModel === null ? null : jobBody({ ...EMPTY_FORM, versionId: version.id, task: version.task, baseModel });
  return (
    <Section title={t("tokens.title")} hint={t("tokens.hint")}>
      {models.data && able.length === 0 ? (
        <p className="muted">{t("job.no_base_model", { task: taskName(version.task, t) })}</p>
      ) : (
        <div className="stack">
          <Select
            label={t("job.base_model")}
            data={able.map(({ slug, name }) => ({ value: slug, label: name }))}
            value={baseModel}
            onChange={setChosen}
            allowDeselect={false}
            maw={360}
          />
          <ReadingPanel key={version.id} body={body} isAllowed={isAllowed} />
        </div>
      )}
    </Section>
  );
}
