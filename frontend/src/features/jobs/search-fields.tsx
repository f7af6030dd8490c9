import { Button, Select, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";

import { type Learning, pathOf } from "@/features/jobs/expert-settings.ts";
import classes from "@/features/jobs/job.module.css";
import { checkNumber, describeProblem } from "@/features/jobs/number-text.ts";
import { MAX_COST, MAX_SECONDS, NUM_TRIALS, plannedTrials, PRUNERS, rowFor, rowProblem, rowsOf, searchable, type SearchForm, SEARCHES, SIDE_BY_SIDE, type SpaceRow, trialsAtOnce, USUAL_TRIALS } from "@/features/jobs/search-form.ts";
import { SpaceRowFields } from "@/features/jobs/space-row-fields.tsx";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import type { ApiError } from "@/lib/api-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  search: SearchForm;
  learning: Learning;
  error: ApiError | null;
  onChange: (search: SearchForm) => void;
}

/** How many runs are made of this job, and what differs between them. */
export function SearchFields({ search, learning, error, onChange }: Props) {
  const { t, format } = useI18n();
  const { currency } = useWorkspace();
  const patch = (change: Partial<SearchForm>) => onChange({ ...search, ...change });
  const rows = rowsOf(search, learning);
  const free = searchable(learning).filter((field) => rows.every(({ row }) => row.path !== pathOf(field)));
  const isOn = search.type !== "none";
  const replace = (old: SpaceRow, row: SpaceRow) => patch({ space: search.space.map((entry) => (entry === old ? row : entry)) });
  // The learning rate decides most, so a search begins with it.
  const begin = (type: SearchForm["type"]) => patch({ type, space: rows.length > 0 || free[0] === undefined ? search.space : [rowFor(free.find(({ key }) => key === "learning_rate") ?? free[0])] });
  const planned = plannedTrials(search, learning);
  const status = () => {
    if (rows.length === 0) return t("search.needs_setting");
    if (rows.some((entry) => rowProblem(search, entry)?.kind === "empty")) return t("search.empty");
    return planned > NUM_TRIALS.max ? t("search.too_many", { count: planned, max: NUM_TRIALS.max }) : t(trialsAtOnce(search) > 1 ? "search.planned_side_by_side" : "search.planned", { count: planned, at_once: trialsAtOnce(search) });
  };
  return (
    <div className="stack" style={{ paddingTop: 12 }}>
      <div className={classes["grid"]} style={{ paddingTop: 0 }}>
        <Select
          label={t("search.type")}
          description={t(`search.${search.type}_hint`)}
          data={SEARCHES.map((value) => ({ value, label: t(`search.${value}`) }))}
          value={search.type}
          allowDeselect={false}
          error={error?.messageFor("search")}
          onChange={(value) => begin(SEARCHES.find((entry) => entry === value) ?? "none")}
        />
        {search.type !== "grid" && isOn && (
          <TextInput
            label={t("search.num_trials")}
            description={t("search.num_trials_hint")}
            inputMode="numeric"
            placeholder={USUAL_TRIALS[search.type]}
            value={search.numTrials}
            error={describeProblem(checkNumber(NUM_TRIALS, search.numTrials), t) ?? error?.messageFor("search.num_trials")}
            onChange={(event) => patch({ numTrials: event.currentTarget.value })}
          />
        )}
        {search.type === "optuna" && (
          <Select
            label={t("search.pruner")}
            description={t("search.pruner_hint")}
            data={PRUNERS.map((value) => ({ value, label: t(`pruner.${value}`) }))}
            value={search.pruner}
            allowDeselect={false}
            error={error?.messageFor("search.pruner")}
            onChange={(value) => patch({ pruner: PRUNERS.find((entry) => entry === value) ?? "asha" })}
          />
        )}
        {isOn && (
          <TextInput
            label={t("search.side_by_side")}
            description={t("search.side_by_side_hint")}
            inputMode="numeric"
            placeholder="1"
            value={search.sideBySide}
            error={describeProblem(checkNumber(SIDE_BY_SIDE, search.sideBySide), t) ?? error?.messageFor("search.side_by_side")}
            onChange={(event) => patch({ sideBySide: event.currentTarget.value })}
          />
        )}
        {isOn && (
          <TextInput
            label={t("search.max_seconds")}
            description={t("search.max_seconds_hint")}
            inputMode="decimal"
            placeholder={t("expert.no_limit")}
            value={search.maxSeconds}
            error={describeProblem(checkNumber(MAX_SECONDS, search.maxSeconds), t) ?? error?.messageFor("search.max_seconds")}
            onChange={(event) => patch({ maxSeconds: event.currentTarget.value })}
          />
        )}
        {isOn && (
          <TextInput
            label={t("search.max_cost", { currency: format.currencySign(currency) })}
            description={t("search.max_cost_hint")}
            inputMode="decimal"
            placeholder={t("expert.no_limit")}
            value={search.maxCost}
            error={describeProblem(checkNumber(MAX_COST, search.maxCost), t) ?? error?.messageFor("search.max_cost")}
            onChange={(event) => patch({ maxCost: event.currentTarget.value })}
          />
        )}
      </div>
      {isOn && (
        <>
          <ul className={classes["space"]} aria-label={t("search.space")}>
            {rows.map((entry) => (
              <li key={entry.row.path}>
                <SpaceRowFields
                  search={search}
                  entry={entry}
                  choices={[entry.field, ...free]}
                  error={error?.messageUnder(`search.space.${entry.row.path}`) ?? null}
                  onChange={(row) => replace(entry.row, row)}
                  onRemove={() => patch({ space: search.space.filter((row) => row !== entry.row) })}
                />
              </li>
            ))}
          </ul>
          <div className="row">
            <Button size="sm" variant="default" leftSection={<IconPlus size={15} aria-hidden />} disabled={free.length === 0} onClick={() => free[0] && patch({ space: [...search.space, rowFor(free[0])] })}>
              {t("search.add")}
            </Button>
            <span className="small muted" role="status">
              {status()}
            </span>
          </div>
          {error?.messageFor("search.space") != null && <p className="small" role="alert">{error.messageFor("search.space")}</p>}
        </>
      )}
    </div>
  );
}
