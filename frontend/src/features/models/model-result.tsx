import { Link } from "react-router";

import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { ArtifactList } from "@/features/models/artifact-list.tsx";
import { useModelVersion } from "@/features/models/model-queries.ts";
import { isServed, NotServed } from "@/features/models/not-served.tsx";
import { type Sample, TryIt } from "@/features/models/try-it.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  versionId: string;
  task: string;
  sample: Sample | null;
}

/** What a finished job left: a model to try and to take away. */
export function ModelResult({ versionId, task, sample }: Props) {
  const { t } = useI18n();
  const version = useModelVersion(versionId);
  return (
    <QueryView query={version} lines={3}>
      {(data) => (
        <>
          <Section title={t("try.title")} hint={t("try.subtitle")} actions={<Link to={`/models/${data.model_id}`}>{t("model.open")}</Link>}>
            {isServed(data, task) ? <TryIt versionId={versionId} task={task} sample={sample} /> : <NotServed task={task} />}
          </Section>
          <Section title={t("artifact.title")} hint={t("artifact.hint")}>
            <ArtifactList artifacts={data.artifacts} />
          </Section>
        </>
      )}
    </QueryView>
  );
}
