import { datasetCalls } from "@/features/datasets/calls.ts";
import type { CodeGroup, CodeStep } from "@/lib/api-call.ts";
import type { Dataset, DatasetVersion, MappingChoice } from "@/lib/api-types.ts";
import { blank, ROW_ID } from "@/lib/call-blanks.ts";
import { type Call, stepsOf } from "@/lib/call.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import type { NameFilter } from "@/lib/use-name-filter.ts";

const A_PAGE = 25;

/** Sends a file in one piece; its id is what later requests name. */
function uploadStep(t: Translate): CodeStep {
  return { label: t("code.upload_file"), call: { method: "POST", path: "/api/v1/uploads", file: "data.csv" } };
}

/** The requests that make a dataset of a file, wherever it lies. */
export function newDatasetCode(t: Translate): CodeGroup[] {
  const upload = blank("UPLOAD");
  const create = datasetCalls.create({ name: "My data", task: "classification", files: [{ upload_id: upload, split: "auto" }] });
  const access = { access_key_id: "ACCESS_KEY_ID", secret_access_key: "SECRET_ACCESS_KEY" };
  return [
    { title: t("code.group.upload"), steps: [uploadStep(t), ...stepsOf([create], t)] },
    {
      title: t("code.group.import"),
      steps: stepsOf(
        [
          datasetCalls.importFile({ url: "https://example.com/data.csv" }),
          datasetCalls.listBucket({ url: "s3://bucket/folder/", s3: access }),
          datasetCalls.uploadRead(upload),
          datasetCalls.retryImport(upload),
          datasetCalls.dropUpload(upload),
        ],
        t,
      ),
    },
  ];
}

/** What is asked for the list of datasets, and how one is made. */
export function datasetsCode(filter: NameFilter, isWriter: boolean, t: Translate): CodeGroup[] {
  const read = stepsOf([datasetCalls.list(filter)], t);
  const change = stepsOf([datasetCalls.bringBack(blank("DATASET"))], t);
  return [{ title: t("code.group.read"), steps: read }, ...(isWriter ? [...newDatasetCode(t), { title: t("code.group.change"), steps: change }] : [])];
}

/** How rows come into a dataset that has a version. */
function growing({ id }: Dataset, version: DatasetVersion): Call[] {
  return [
    datasetCalls.append(id, { files: [{ upload_id: blank("UPLOAD"), split: "auto" }], skip_bad_rows: false }),
    datasetCalls.merge(id, { version_id: blank("OTHER_VERSION"), base_version_id: version.id }),
  ];
}

export function growCode(dataset: Dataset, t: Translate): CodeGroup[] {
  const version = dataset.latest_version;
  return version === null ? [] : [{ title: null, steps: [uploadStep(t), ...stepsOf(growing(dataset, version), t)] }];
}

/** What can be asked and done on the page of a dataset. */
export function datasetCode(dataset: Dataset, isWriter: boolean, t: Translate): CodeGroup[] {
  const { id, latest_version: version } = dataset;
  const changes = version === null ? beforeVersion(dataset) : [];
  return [
    { title: t("code.group.read"), steps: stepsOf([datasetCalls.read(id), datasetCalls.preview(id, { limit: A_PAGE }), datasetCalls.versions(id), datasetCalls.changes(id, A_PAGE), datasetCalls.changeRead(id, blank("CHANGE")), ...(dataset.num_problems > 0 ? [datasetCalls.problemsFile(id)] : [])], t) },
    ...(version === null ? [] : versionGroups(dataset, version, isWriter, t)),
    ...(isWriter ? [{ title: t("code.group.change"), steps: stepsOf([datasetCalls.rename(id, dataset.name), ...changes, datasetCalls.remove(id)], t) }] : []),
  ];
}

/** As long as there is no version: how the files are to be read. */
function beforeVersion({ id, task, roles, mapping, files }: Dataset): Call[] {
  const known = mapping as Readonly<Record<string, unknown>> | null;
  const columns: MappingChoice = Object.fromEntries(roles.map(({ role }) => [role, known?.[role] ?? "COLUMN_NAME"]));
  return [
    datasetCalls.retask(id, task),
    datasetCalls.map(id, columns),
    ...files.slice(0, 1).map(({ position }) => datasetCalls.chooseReading(id, position, { has_header: true })),
  ];
}

function versionGroups(dataset: Dataset, version: DatasetVersion, isWriter: boolean, t: Translate): CodeGroup[] {
  const { id } = dataset;
  const finding = blank("FINDING");
  const wish = { drop: { contains: "TEXT_TO_FIND" } };
  const writes = <T>(calls: T[]) => (isWriter ? calls : []);
  return [
    {
      title: t("dataset.tab.rows"),
      steps: stepsOf(
        [
          datasetCalls.rows(version.id, { offset: 0, limit: A_PAGE }),
          ...writes([
            datasetCalls.filterCount(id, version.id, wish),
            datasetCalls.filter(id, version.id, wish),
            datasetCalls.change(id, { base_version_id: version.id, kind: "edit", changes: [{ id: ROW_ID, action: "drop" }] }),
            ...growing(dataset, version),
          ]),
        ],
        t,
      ),
    },
    {
      title: t("dataset.tab.doctor"),
      steps: stepsOf(
        [
          datasetCalls.doctor(version.id),
          datasetCalls.difficulty(version.id),
          datasetCalls.findingRows(finding, 0, A_PAGE),
          datasetCalls.effect(finding),
          ...writes([datasetCalls.acceptFix(finding, { fix: "drop" }), datasetCalls.dismiss(finding), datasetCalls.reopen(finding), datasetCalls.measure(finding), datasetCalls.chooseNames(id, { model_version_id: blank("MODEL_VERSION"), types: ["PER"] }), datasetCalls.removeNames(id)]),
        ],
        t,
      ),
    },
    {
      title: t("dataset.tab.versions"),
      steps: stepsOf(
        [
          datasetCalls.version(version.id),
          datasetCalls.difference(version.id, version.parent_id ?? blank("OTHER_VERSION"), "added", 0, A_PAGE),
          ...writes([datasetCalls.exportFile(version.id, `v${version.number}-jsonl.zip`, "jsonl"), datasetCalls.restore(blank("OTHER_VERSION")), datasetCalls.undo(id)]),
        ],
        t,
      ),
    },
  ];
}
