import { Button } from "@mantine/core";
import { useState } from "react";

import { Chip } from "@/components/chip.tsx";
import { ConfirmDialog } from "@/components/confirm-dialog.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { Section } from "@/components/section.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { ApiKeyForm } from "@/features/settings/api-key-form.tsx";
import { settingsCalls } from "@/features/settings/calls.ts";
import { useApiKeys, useRevokeApiKey } from "@/features/settings/settings-queries.ts";
import type { ApiKey } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { canManage } from "@/lib/permissions.ts";
import { useNow } from "@/lib/use-now.ts";

export function ApiKeysSection() {
  const { t, format } = useI18n();
  const isManager = canManage(useWorkspace().tenant);
  const keys = useApiKeys(true);
  const revoke = useRevokeApiKey();
  const now = useNow();
  const [ending, setEnding] = useState<ApiKey | null>(null);
  const isOver = (key: ApiKey) => key.expires_at !== null && Date.parse(key.expires_at) < now;
  return (
    <Section title={t("keys.title")} hint={t("keys.hint")} isSplit>
      <div className="stack">
        {isManager && <ApiKeyForm />}
        <QueryView query={keys} lines={2}>
          {({ data }) =>
            data.length === 0 ? (
              <p className="muted">{t("keys.none")}</p>
            ) : (
              <TableScroll label={t("keys.title")}>
                <table className="table">
                  <thead>
                    <tr>
                      <th scope="col">{t("field.name")}</th>
                      <th scope="col">{t("members.role")}</th>
                      <th scope="col" className="num">
                        {t("keys.last_used")}
                      </th>
                      <th scope="col" className="num">
                        {t("keys.expires")}
                      </th>
                      <th scope="col">
                        <span className="visually-hidden">{t("field.actions")}</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.map((key) => (
                      <tr key={key.id}>
                        <th scope="row" style={{ maxWidth: 240 }}>
                          <span className="name" title={key.name}>
                            {key.name}
                          </span>
                          <div className="small faint">
                            <code>
                              {key.prefix}…{key.last4}
                            </code>
                          </div>
                        </th>
                        <td>{t(`role.${key.role}`)}</td>
                        <td className="num muted">{key.last_used_at === null ? t("keys.never_used") : format.relative(key.last_used_at, now)}</td>
                        <td className="num muted">{key.expires_at === null ? t("keys.never") : format.date(key.expires_at)}</td>
                        <td className="num">
                          {key.revoked_at !== null ? (
                            <Chip tone="stopped">{t("keys.revoked")}</Chip>
                          ) : isOver(key) ? (
                            <Chip tone="stopped">{t("keys.expired")}</Chip>
                          ) : (
                            isManager && (
                              <Button
                                size="xs"
                                variant="subtle"
                                aria-label={t("keys.revoke_named", { name: key.name })}
                                onClick={() => {
                                  revoke.reset();
                                  setEnding(key);
                                }}
                              >
                                {t("action.revoke")}
                              </Button>
                            )
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </TableScroll>
            )
          }
        </QueryView>
      </div>
      <ConfirmDialog
        isOpen={ending !== null}
        title={t("keys.revoke_title")}
        confirmLabel={t("action.revoke")}
        isPending={revoke.isPending}
        error={revoke.error}
        calls={ending === null ? [] : [settingsCalls.revokeKey(ending.id)]}
        onClose={() => setEnding(null)}
        onConfirm={() => {
          if (ending) revoke.mutate(ending.id, { onSuccess: () => setEnding(null) });
        }}
      >
        <p>{t("keys.revoke_hint", { name: ending?.name ?? "" })}</p>
      </ConfirmDialog>
    </Section>
  );
}
