import { CloseButton } from "@mantine/core";

import { Notice } from "@/components/notice.tsx";
import type { ChangeProblem, DatasetChange } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SHOWN = 5;

interface Props {
  change: DatasetChange;
  onClose?: () => void;
}

/** Why no version was made. */
export function ChangeRefused({ change, onClose }: Props) {
  const { t } = useI18n();
  return (
    <Notice
      tone="error"
      isAlert
      title={t("change.refused_title")}
      action={onClose && <CloseButton aria-label={t("action.dismiss")} onClick={onClose} />}
    >
      <p>{t("change.refused_hint")}</p>
      <ul className="small">
        {change.problems.slice(0, SHOWN).map((problem, index) => (
          <li key={`${index} ${problem.code}`}>
            {problem.file !== null && <Place problem={problem} file={problem.file} />}
            {problem.message}
          </li>
        ))}
      </ul>
      {change.num_problems > SHOWN && <p className="small muted">{t("problems.more", { count: change.num_problems - SHOWN })}</p>}
    </Notice>
  );
}

/** Where in the files that were to come. */
function Place({ problem: { row, column }, file }: { problem: ChangeProblem; file: string }) {
  const { t } = useI18n();
  const parts = [file, ...(row === null ? [] : [t("change.at_row", { row })]), ...(column === null ? [] : [column])];
  return (
    <>
      <bdi>{parts.join(" · ")}</bdi>
      <br />
    </>
  );
}
