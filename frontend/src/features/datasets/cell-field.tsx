import { Autocomplete, Textarea, TextInput } from "@mantine/core";

import { isList } from "@/features/datasets/cell-text.ts";
import type { TaskRole } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { partTitle } from "@/lib/tasks.ts";

const MOST_ROWS = 12;
/** Of a narrow column; a field that is a little too tall hides nothing. */
const CHARACTERS_IN_A_ROW = 48;

interface Props {
  role: TaskRole;
  value: string;
  /** Labels that occur. */
  labels: readonly string[];
  /** Why the server refused what was here. */
  error?: string | null;
  hasLabel?: boolean;
  isFirst?: boolean;
  onChange: (value: string) => void;
}

/** A cell to be written: labels are offered and may be new, lists have one part to a line. */
export function CellField({ role, value, labels, error = null, hasLabel = false, isFirst = false, onChange }: Props) {
  const { t } = useI18n();
  const name = partTitle(role.role, t);
  const common = {
    ...(hasLabel ? { label: name } : { "aria-label": name }),
    ...(isFirst ? { "data-autofocus": true, autoFocus: true } : {}),
    value,
    error,
  };
  if (role.kind === "label" || role.kind === "flag") return <Autocomplete {...common} data={[...labels]} maxLength={200} onChange={onChange} />;
  if (role.kind === "number") return <TextInput {...common} inputMode="decimal" onChange={(event) => onChange(event.currentTarget.value)} />;
  return (
    <Textarea
      {...common}
      rows={Math.min(MOST_ROWS, Math.max(1, value.split("\n").length, Math.ceil(value.length / CHARACTERS_IN_A_ROW)))}
      {...(isList(role.kind) ? { description: t("rows.one_a_line") } : {})}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
