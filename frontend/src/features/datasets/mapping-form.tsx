import { Button, Select } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { useMapDataset } from "@/features/datasets/dataset-queries.ts";
import classes from "@/features/datasets/dataset.module.css";
import type { Dataset, DatasetColumn } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const SHARES = ["0.05", "0.1", "0.15", "0.2"] as const;
const SAMPLES = 4;
const SURE = 0.8;

interface Props {
  dataset: Dataset;
  isReadOnly: boolean;
}

/** What the server thinks the columns are, with examples to judge it by; one choice corrects it. */
export function MappingForm({ dataset, isReadOnly }: Props) {
  const { t, format } = useI18n();
  const save = useMapDataset(dataset.id);
  const [text, setText] = useState(dataset.mapping?.text ?? null);
  const [label, setLabel] = useState(dataset.mapping?.label ?? null);
  const [validationShare, setValidationShare] = useState("0.1");
  const [testShare, setTestShare] = useState("0.1");
  const isDivided = dataset.files.some((file) => file.split === "auto");
  const confidence = dataset.mapping?.confidence ?? null;
  const isGuess = dataset.state === "needs_mapping" && confidence !== null;
  const isSame = text !== null && text === label;

  const roleOf = (column: DatasetColumn) => (column.name === text ? "text" : column.name === label ? "label" : "other");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (text === null || label === null || isSame || save.isPending) return;
    save.mutate({
      text,
      label,
      ...(isDivided ? { validation_share: Number(validationShare), test_share: Number(testShare) } : {}),
    });
  };
  const names = dataset.columns.map((column) => column.name);
  return (
    <form className="stack" onSubmit={submit}>
      {isGuess && (
        <Notice tone={confidence >= SURE ? "good" : "warning"}>
          {t(confidence >= SURE ? "mapping.sure" : "mapping.unsure", { percent: format.percent(confidence, 0) })}
        </Notice>
      )}
      <ul className={classes["columns"]} style={{ listStyle: "none", padding: 0 }} aria-label={t("mapping.columns")}>
        {dataset.columns.map((column) => (
          <li key={column.name} className={classes["column"]} data-role={roleOf(column)}>
            <div className={classes["columnHead"]}>
              <span className="name" title={column.name}>
                {column.name}
              </span>
              <span className={classes["role"]}>{t(`mapping.role_${roleOf(column)}`)}</span>
            </div>
            <p className="small faint">
              {t("mapping.distinct", { count: column.num_distinct })}
              {column.num_empty > 0 && ` · ${t("mapping.empty", { count: column.num_empty })}`}
            </p>
            <ul className={classes["samples"]}>
              {column.sample.slice(0, SAMPLES).map((sample, index) => (
                // Samples repeat, and their order is fixed.
                <li key={`${index} ${sample}`} title={sample}>
                  <bdi>{sample}</bdi>
                </li>
              ))}
            </ul>
            {!isReadOnly && (
              <div className="row" style={{ marginTop: 8, gap: 4 }}>
                {column.name !== text && (
                  <Button
                    size="xs"
                    variant="subtle"
                    onClick={() => {
                      if (label === column.name) setLabel(text);
                      setText(column.name);
                    }}
                  >
                    {t("mapping.use_as_text")}
                  </Button>
                )}
                {column.name !== label && (
                  <Button
                    size="xs"
                    variant="subtle"
                    onClick={() => {
                      if (text === column.name) setText(label);
                      setLabel(column.name);
                    }}
                  >
                    {t("mapping.use_as_label")}
                  </Button>
                )}
              </div>
            )}
          </li>
        ))}
      </ul>
      <div className={classes["form"]}>
        <Select label={t("mapping.text")} data={names} value={text} onChange={setText} disabled={isReadOnly} allowDeselect={false} />
        <Select
          label={t("mapping.label")}
          data={names}
          value={label}
          onChange={setLabel}
          disabled={isReadOnly}
          allowDeselect={false}
          error={isSame ? t("mapping.same") : null}
        />
        {isDivided && (
          <>
            <Select
              label={t("mapping.validation_share")}
              data={SHARES.map((value) => ({ value, label: format.percent(Number(value), 0) }))}
              value={validationShare}
              onChange={(value) => setValidationShare(value ?? "0.1")}
              allowDeselect={false}
              disabled={isReadOnly}
            />
            <Select
              label={t("mapping.test_share")}
              data={SHARES.map((value) => ({ value, label: format.percent(Number(value), 0) }))}
              value={testShare}
              onChange={(value) => setTestShare(value ?? "0.1")}
              allowDeselect={false}
              disabled={isReadOnly}
            />
          </>
        )}
      </div>
      {isDivided && <p className="small muted prose">{t("mapping.split_hint")}</p>}
      <ErrorNotice error={save.error} />
      <div>
        <Button type="submit" loading={save.isPending} disabled={isReadOnly || text === null || label === null || isSame}>
          {t(dataset.latest_version ? "mapping.save_again" : "mapping.save")}
        </Button>
      </div>
    </form>
  );
}
