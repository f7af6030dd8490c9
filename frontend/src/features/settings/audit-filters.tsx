import { Select, TextInput } from "@mantine/core";

import { type AuditFilter, useAuditActions } from "@/features/settings/audit-queries.ts";
import { useMembers } from "@/features/settings/settings-queries.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  filter: AuditFilter;
  onChange: (change: Partial<AuditFilter>) => void;
}

export function AuditFilters({ filter, onChange }: Props) {
  const { t } = useI18n();
  const members = useMembers();
  const actions = useAuditActions(true);
  const known = actions.data?.data ?? [];
  return (
    <div className="row" style={{ alignItems: "flex-end", marginBottom: 16 }}>
      <Select
        label={t("audit.person")}
        placeholder={t("audit.everybody")}
        data={(members.data?.data ?? []).map(({ user }) => ({ value: user.id, label: user.email }))}
        value={filter.person}
        clearable
        searchable
        w={220}
        onChange={(person) => onChange({ person })}
      />
      <Select
        label={t("audit.action")}
        placeholder={t("audit.everything")}
        data={known.map(({ action, words }) => ({ value: action, label: words }))}
        value={filter.action}
        clearable
        searchable
        w={240}
        onChange={(value) => onChange({ action: known.find(({ action }) => action === value)?.action ?? null })}
      />
      <TextInput label={t("audit.from")} type="date" value={filter.from} max={filter.to} w={150} onChange={(event) => onChange({ from: event.currentTarget.value })} />
      <TextInput label={t("audit.to")} type="date" value={filter.to} min={filter.from} w={150} onChange={(event) => onChange({ to: event.currentTarget.value })} />
    </div>
  );
}
