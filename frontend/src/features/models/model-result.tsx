import { Link } from "react-router";

import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { ArtifactList } from "@/features/models/artifact-list.tsx";
import { useModelVersion } from "@/features/models/model-queries.ts";
import { isServed, NotServed } from "@/features/models/not-served.tsx";
import type { Sample } from "@/features/models/question-form.tsx";
import { TryIt } from "@/features/models/try-it.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { ModelVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isActive } from "@/lib/permissions.ts";

interface Props {
  versionId: string;
  task: string;
  sample: Sample | null;
  /** The answer that the row of the sample has, if it can be told. */
  truth?: string | null;
}

/** What a finished job left: a model to try, where it can be asked here, and to take away. */
export function ModelResult({ versionId, task, sample, truth = null }: Props) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const isAsked = (data: ModelVersion) => isActive(tenant) && isServed(data, task);
  const version = useModelVersion(versionId);
  return (
    <QueryView query={version} lines={3}>
      {(data) => (
        <>
          {isAsked(data) && (
            <Section title={t("try.title")} hint={t("try.subtitle")} actions={<ModelLinks version={data} isAsked />}>
              <TryIt version={{ id: versionId, name: data.model_name }} task={task} sample={sample} truth={truth} />
            </Section>
          )}
          <Section title={t("artifact.title")} hint={t("artifact.hint")} actions={isAsked(data) ? undefined : <ModelLinks version={data} isAsked={false} />}>
            <div className="stack">
              {!isServed(data, task) && <NotServed task={task} />}
              <ArtifactList artifacts={data.artifacts} />
            </div>
          </Section>
        </>
      )}
    </QueryView>
  );
}

/** What the model's own page has besides. */
function ModelLinks({ version, isAsked }: { version: ModelVersion; isAsked: boolean }) {
  const { t } = useI18n();
  const page = `/models/${version.model_id}?version=${version.id}`;
  return (
    <nav aria-label={t("model.open")} className="row">
      {isAsked && <Link to={`${page}#try`}>{t("try.more")}</Link>}
      <Link to={`${page}#lineage`}>{t("lineage.title")}</Link>
      <Link to={page}>{t("model.open")}</Link>
    </nav>
  );
}
