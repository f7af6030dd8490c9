import { CodeButton } from "@/components/code-button.tsx";
import { DownloadButton } from "@/features/models/download-button.tsx";
import { downloadSteps } from "@/features/models/model-code.ts";
import classes from "@/features/models/model.module.css";
import type { Artifact } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const DIGEST_LENGTH = 12;

interface Props {
  artifacts: readonly Artifact[];
}

export function ArtifactList({ artifacts }: Props) {
  const { t } = useI18n();
  if (artifacts.length === 0) return <p className="muted">{t("artifact.none")}</p>;
  return (
    <ul className={classes["files"]} aria-label={t("artifact.title")}>
      {artifacts.map((artifact, index) => (
        <li key={artifact.id} className={classes["file"]}>
          <DownloadButton artifact={artifact} isMain={index === 0} />
          <span className="small muted">
            {t("artifact.files", { count: artifact.num_files })} · <code title={artifact.sha256}>sha256 {artifact.sha256.slice(0, DIGEST_LENGTH)}</code>
          </span>
          <CodeButton title={t("code.page_title", { name: t(`artifact.${artifact.kind}`) })} groups={[{ title: null, steps: downloadSteps(artifact, t) }]} />
        </li>
      ))}
    </ul>
  );
}
