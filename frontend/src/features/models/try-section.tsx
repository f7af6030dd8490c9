import { SegmentedControl } from "@mantine/core";
import { useSearchParams } from "react-router";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { Section } from "@/components/section.tsx";
import { useModelVersion } from "@/features/models/model-queries.ts";
import { isServed } from "@/features/models/not-served.tsx";
import { fullName, OtherVersion } from "@/features/models/other-version.tsx";
import { TryFile } from "@/features/models/try-file.tsx";
import { TryIt } from "@/features/models/try-it.tsx";
import type { Model, ModelVersion } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  model: Model;
  version: ModelVersion;
}

/** A model that can be asked: one question, the same one beside another model, or a file of them. The address keeps which. */
export function TrySection({ model, version }: Props) {
  const { t } = useI18n();
  const { task } = model;
  const [params, setParams] = useSearchParams();
  const isFile = params.get("ask") === "file";
  const otherId = params.get("against");
  const change = (name: string, value: string | null) => {
    params.delete(name);
    if (value !== null) params.set(name, value);
    setParams(params, { replace: true, preventScrollReset: true });
  };
  return (
    <Section
      title={t("try.title")}
      hint={t("try.subtitle")}
      actions={
        <SegmentedControl
          aria-label={t("try.ways")}
          value={isFile ? "file" : "one"}
          data={[
            { value: "one", label: t("try.one") },
            { value: "file", label: t("try.file") },
          ]}
          onChange={(way) => change("ask", way === "file" ? way : null)}
        />
      }
    >
      {/* Hidden, not gone: what was typed stays. */}
      <div hidden={isFile}>
        <div className="stack">
          <OtherVersion versionId={version.id} task={task} otherId={otherId} onChange={(id) => change("against", id)} />
          <Beside model={model} version={version} otherId={otherId} />
        </div>
      </div>
      {isFile && <TryFile versionId={version.id} task={task} />}
    </Section>
  );
}

/** The form, with the answer of another version beside where the address names one that can be asked the same. */
function Beside({ model, version, otherId }: Props & { otherId: string | null }) {
  const { t } = useI18n();
  const found = useModelVersion(otherId);
  const other = otherId !== null && found.data?.id === otherId ? found.data : null;
  const canBeAsked = other !== null && other.task === model.task && other.id !== version.id && isServed(other, model.task);
  return (
    <>
      {otherId !== null && found.isError && <ErrorNotice title={t("try.other_lost")} error={found.error} />}
      {other !== null && !canBeAsked && <Notice tone="warning">{t(other.id === version.id ? "try.other_same" : "try.other_unfit", { name: fullName(other) })}</Notice>}
      <TryIt
        version={{ id: version.id, name: fullName({ model_name: model.name, number: version.number }) }}
        other={canBeAsked ? { id: other.id, name: fullName(other) } : null}
        task={model.task}
        sample={null}
      />
    </>
  );
}
