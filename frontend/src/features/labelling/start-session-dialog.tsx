import { Button, Modal, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";
import { useNavigate } from "react-router";

import { CodeFold } from "@/components/code-fold.tsx";
import { ErrorNotice } from "@/components/error-notice.tsx";
import { labellingCalls } from "@/features/labelling/calls.ts";
import { useStartSession } from "@/features/labelling/labelling-queries.ts";
import classes from "@/features/labelling/labelling.module.css";
import { useModels } from "@/features/models/model-queries.ts";
import { useMembers } from "@/features/settings/settings-queries.ts";
import type { Dataset, LabelOrder, LabelSessionCreate } from "@/lib/api-types.ts";
import { asApiError } from "@/lib/api-error.ts";
import { blank } from "@/lib/call-blanks.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { isWorker } from "@/lib/permissions.ts";
import { useIdempotencyKey } from "@/lib/use-idempotency-key.ts";

const ORDERS = ["given", "random", "suspected_errors", "uncertainty"] as const satisfies readonly LabelOrder[];
const LABELLED = new Set(["classification", "pair_classification", "multi_label", "token_classification"]);
const SCORED = new Set(["classification", "pair_classification"]);
/** Nothing tells yet how difficult these rows are for a model. */
const WITHOUT_DIFFICULTY = new Set(["question_answering", "chat"]);
const DOCTOR = "doctor";
const MAX_ROWS = 20_000;
const FEW_ROWS = 200;

interface Props {
  dataset: Dataset;
  onClose: () => void;
}

/** Which rows, in which order, by whom, and by how many of them. */
export function StartSessionDialog({ dataset, onClose }: Props) {
  const { t, format } = useI18n();
  const navigate = useNavigate();
  const start = useStartSession(dataset.id);
  const members = useMembers();
  const keyOf = useIdempotencyKey();
  const [name, setName] = useState("");
  const [instructions, setInstructions] = useState("");
  const [order, setOrder] = useState<LabelOrder>("given");
  const [judge, setJudge] = useState(DOCTOR);
  const [rows, setRows] = useState(String(FEW_ROWS));
  const [newLabels, setNewLabels] = useState("");
  const [people, setPeople] = useState("1");
  const [overlap, setOverlap] = useState("100");
  const [showsPresent, setShowsPresent] = useState(false);
  const [labellers, setLabellers] = useState<readonly string[]>([]);
  const models = useModels({ task: dataset.task });
  const judges = (models.data?.pages ?? [])
    .flatMap((page) => page.data)
    .flatMap((model) => (model.latest_version ? [{ value: model.latest_version.id, label: model.name }] : []));
  const hasJudges = order === "uncertainty" && SCORED.has(dataset.task) && judges.length > 0;
  const writers = (members.data?.data ?? []).filter((member) => isWorker(member.role));
  const error = start.isError ? asApiError(start.error) : null;
  const added = newLabels.split(",").map((label) => label.trim()).filter((label) => label !== "");
  const body: LabelSessionCreate = {
    name: name.trim(),
    instructions: instructions.trim(),
    order,
    num_rows: Number(rows),
    labels_per_row: Number(people),
    overlap: Number(overlap) / 100,
    shows_present: showsPresent,
    labellers: [...labellers],
    ...(added.length > 0 ? { new_labels: added } : {}),
  };
  const version = dataset.latest_version;
  const scoring = hasJudges && judge !== DOCTOR && version ? { modelVersionId: judge, datasetVersionId: version.id } : null;
  const calls =
    scoring === null
      ? [labellingCalls.start(dataset.id, body)]
      : [labellingCalls.score(scoring.modelVersionId, scoring.datasetVersionId), labellingCalls.start(dataset.id, { ...body, scores_id: blank("SCORES") })];
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    start.mutate({ body, scoring, key: keyOf({ body, at: scoring === null ? null : start.submittedAt }) }, { onSuccess: (session) => void navigate(`/labelling/${session.id}`) });
  };
  return (
    <Modal opened onClose={onClose} title={t("labelling.start")} centered size="lg" closeButtonProps={{ "aria-label": t("action.close") }}>
      <form className="stack" onSubmit={submit}>
        <TextInput label={t("field.name")} value={name} maxLength={200} required data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
        <Textarea
          label={t("labelling.instructions")}
          description={t("labelling.instructions_hint")}
          value={instructions}
          maxLength={10_000}
          rows={3}
          onChange={(event) => setInstructions(event.currentTarget.value)}
        />
        <Select
          label={t("labelling.order")}
          description={t(`labelling.order_hint.${order}`)}
          data={ORDERS.filter((value) => value !== "uncertainty" || !WITHOUT_DIFFICULTY.has(dataset.task)).map((value) => ({ value, label: t(`labelling.order.${value}`) }))}
          value={order}
          allowDeselect={false}
          error={error?.messageFor("order")}
          onChange={(value) => {
            if (value !== null) setOrder(value);
          }}
        />
        {hasJudges && (
          <Select
            label={t("labelling.judge")}
            description={t(judge === DOCTOR ? "labelling.judge_doctor_hint" : "labelling.judge_model_hint")}
            data={[{ value: DOCTOR, label: t("labelling.judge_doctor") }, ...judges]}
            value={judge}
            allowDeselect={false}
            onChange={(value) => setJudge(value ?? DOCTOR)}
          />
        )}
        <div className={classes["fields"]}>
          <TextInput
            type="number"
            label={t("labelling.num_rows")}
            min={1}
            max={MAX_ROWS}
            required
            value={rows}
            onChange={(event) => setRows(event.currentTarget.value)}
          />
          <TextInput
            type="number"
            label={t("labelling.people")}
            min={1}
            max={5}
            required
            value={people}
            onChange={(event) => setPeople(event.currentTarget.value)}
          />
          <TextInput
            type="number"
            label={t("labelling.overlap")}
            min={0}
            max={100}
            required
            disabled={Number(people) < 2}
            value={overlap}
            onChange={(event) => setOverlap(event.currentTarget.value)}
          />
        </div>
        {Number(people) >= 2 && (
          <p className="small muted">{t("labelling.overlap_hint", { share: format.percent(Number(overlap) / 100, 0), people: Number(people) })}</p>
        )}
        {LABELLED.has(dataset.task) && (
          <TextInput
            label={t("labelling.new_labels")}
            description={t("labelling.new_labels_hint")}
            value={newLabels}
            onChange={(event) => setNewLabels(event.currentTarget.value)}
          />
        )}
        {dataset.task !== "chat" && (
          <Switch
            label={t(dataset.task === "question_answering" ? "labelling.shows_answer" : "labelling.shows_present")}
            description={t("labelling.shows_present_hint")}
            checked={showsPresent}
            onChange={(event) => setShowsPresent(event.currentTarget.checked)}
          />
        )}
        {writers.length > 1 && (
          <fieldset className={classes["who"]}>
            <legend>{t("labelling.who")}</legend>
            <p className="small muted">{t("labelling.who_hint")}</p>
            <div className={classes["members"]}>
              {writers.map((member) => (
                <Switch
                  key={member.id}
                  label={member.user.email}
                  checked={labellers.includes(member.user.id)}
                  onChange={(event) => {
                    const others = labellers.filter((id) => id !== member.user.id);
                    setLabellers(event.currentTarget.checked ? [...others, member.user.id] : others);
                  }}
                />
              ))}
            </div>
          </fieldset>
        )}
        {error?.messageFor("order") == null && <ErrorNotice error={start.error} />}
        {name.trim() !== "" && <CodeFold calls={calls} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={start.isPending} disabled={name.trim() === ""}>
            {t("labelling.start")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
