import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import { Section } from "@/components/section.tsx";
import { ChangeRefused } from "@/features/datasets/change-refused.tsx";
import { ChangeWaiting } from "@/features/datasets/change-waiting.tsx";
import { StaleNotice } from "@/features/datasets/stale-notice.tsx";
import type { useMadeVersion } from "@/features/datasets/use-made-version.ts";
import { versionName } from "@/features/datasets/version-words.ts";
import type { DatasetVersion } from "@/lib/api-types.ts";
import type { Call } from "@/lib/call.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  version: DatasetVersion;
  made: ReturnType<typeof useMadeVersion>;
  /** From the moment that it is sent until the version is there. */
  isBusy: boolean;
  canSubmit: boolean;
  error: Error | null;
  onLook: () => void;
  label: (next: string) => string;
  /** What is still to be done before it can be sent. */
  hint: string | null;
  /** What would be sent. */
  calls: readonly Call[];
  /** What is said or asked before the button. */
  children: ReactNode;
}

/** The last part of a form that makes a version of a dataset. */
export function MakeVersion({ version, made, isBusy, canSubmit, error, onLook, label, hint, calls, children }: Props) {
  const { t } = useI18n();
  const next = versionName({ number: version.number + 1 });
  return (
    <Section title={t("append.new_version", { version: next })} hint={t("append.new_version_hint", { version: versionName(version) })} isSplit>
      <div className="stack">
        {children}
        {made.isAtWork && <ChangeWaiting change={made.change} />}
        {made.change?.state === "failed" && !isBusy && <ChangeRefused change={made.change} />}
        <StaleNotice error={error} onLook={onLook} />
        {canSubmit && <CodeFold calls={calls} />}
        <div className="row">
          <Button type="submit" loading={isBusy} disabled={!canSubmit}>
            {label(next)}
          </Button>
          {hint !== null && <span className="small muted">{hint}</span>}
        </div>
      </div>
    </Section>
  );
}
