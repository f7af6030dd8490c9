import { Button, TextInput } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { CodeFold } from "@/components/code-fold.tsx";
import { Section } from "@/components/section.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { settingsCalls } from "@/features/settings/calls.ts";
import { LeaveOrganisation } from "@/features/settings/leave-organisation.tsx";
import { useRenameTenant } from "@/features/settings/settings-queries.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canManage } from "@/lib/permissions.ts";
import { useRenameUndo } from "@/lib/use-undo.ts";
import { isWrittenOver, type Renaming } from "@/lib/written-over.ts";

export function OrganisationSection() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const rename = useRenameTenant();
  const [name, setName] = useState(tenant.name);
  const [base, setBase] = useState(tenant.name);
  const isChanged = name.trim() !== "" && name.trim() !== tenant.name;
  const isOther = isWrittenOver(rename.error) && tenant.name !== base;
  const read = isOther ? tenant.name : base;
  const restart = (from: string) => {
    setBase(from);
    setName(from);
  };
  const offerNameBack = useRenameUndo((wish) => rename.mutateAsync(wish).then(() => restart(wish.name)));
  const save = (wish: Renaming) =>
    rename.mutate(wish, {
      onSuccess: () => {
        restart(wish.name);
        offerNameBack(wish);
      },
    });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isChanged && !rename.isPending) save({ name: name.trim(), base: read });
  };
  return (
    <Section title={t("org.title")} hint={t("org.hint")} isSplit>
      <div className="stack">
        <form className="stack" onSubmit={submit}>
          <div className="row" style={{ alignItems: "flex-end" }}>
            <TextInput
              label={t("org.name")}
              value={name}
              maxLength={100}
              disabled={!canManage(tenant)}
              error={rename.error === null ? null : isOther ? t("undo.changed_text", { name: tenant.name }) : describeError(rename.error, t)}
              onChange={(event) => setName(event.currentTarget.value)}
              style={{ flex: "1 1 240px", maxWidth: 420 }}
            />
            {canManage(tenant) && (
              <Button type="submit" variant="default" loading={rename.isPending} disabled={!isChanged}>
                {t(isOther ? "undo.use_mine" : "action.save")}
              </Button>
            )}
          </div>
          {isChanged && <CodeFold calls={[settingsCalls.rename(name.trim(), read)]} />}
        </form>
        <LeaveOrganisation />
      </div>
    </Section>
  );
}
