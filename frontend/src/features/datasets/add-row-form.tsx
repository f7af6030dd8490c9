import { Button, Select } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { CellField } from "@/features/datasets/cell-field.tsx";
import { fieldValue } from "@/features/datasets/cell-text.ts";
import { useDatasetWork } from "@/features/datasets/dataset-work.ts";
import { rowAdded } from "@/features/datasets/pending-changes.ts";
import classes from "@/features/datasets/rows.module.css";
import type { SplitChoice, TaskRole } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SPLITS: readonly SplitChoice[] = ["auto", "train", "validation", "test"];

interface Props {
  roles: readonly TaskRole[];
  onClose: () => void;
}

/** A row that was in no file. */
export function AddRowForm({ roles, onClose }: Props) {
  const { t } = useI18n();
  const { version, pending, setPending } = useDatasetWork();
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [split, setSplit] = useState<SplitChoice>("auto");
  const isWhole = roles.every(({ role, is_optional }) => is_optional || (texts[role] ?? "").trim() !== "");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!isWhole) return;
    const given = roles.filter(({ role, is_optional }) => !is_optional || (texts[role] ?? "").trim() !== "");
    const cells: Record<string, unknown> = {};
    for (const role of given) cells[role.role] = fieldValue(texts[role.role] ?? "", role);
    setPending(rowAdded(pending, { key: crypto.randomUUID(), cells, split }));
    setTexts({});
  };
  return (
    <form className={classes["add"]} aria-label={t("rows.add")} onSubmit={submit}>
      <div className={classes["addFields"]}>
        {roles.map((role, index) => (
          <CellField
            key={role.role}
            role={role}
            value={texts[role.role] ?? ""}
            labels={version.labels.map((entry) => entry.label)}
            hasLabel
            isFirst={index === 0}
            onChange={(value) => setTexts({ ...texts, [role.role]: value })}
          />
        ))}
        <Select
          label={t("preview.split")}
          data={SPLITS.map((value) => ({ value, label: t(value === "auto" ? "rows.split_auto" : `split.${value}`) }))}
          value={split}
          allowDeselect={false}
          onChange={(value) => setSplit(SPLITS.find((entry) => entry === value) ?? "auto")}
        />
      </div>
      <div className="row">
        <Button type="submit" size="sm" disabled={!isWhole}>
          {t("rows.add_one")}
        </Button>
        <Button size="sm" variant="subtle" onClick={onClose}>
          {t("action.close")}
        </Button>
      </div>
    </form>
  );
}
