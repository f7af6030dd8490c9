import { type FoundVersionsQuery, modelCalls } from "@/features/models/calls.ts";
import { exampleBody } from "@/features/models/predict-example.ts";
import type { CodeGroup, CodeStep } from "@/lib/api-call.ts";
import type { Artifact, Model, ModelVersion } from "@/lib/api-types.ts";
import { blank } from "@/lib/call-blanks.ts";
import { stepOf, stepsOf } from "@/lib/call.ts";
import type { Translate } from "@/lib/i18n/translate.ts";
import type { NameFilter } from "@/lib/use-name-filter.ts";

const A_PAGE = 20;

/** A link to the files of a version, and the download that it leads to. */
export function downloadSteps({ id, kind }: Pick<Artifact, "id" | "kind">, t: Translate): CodeStep[] {
  const link = stepOf(modelCalls.downloadLink(id), t);
  return [
    { ...link, label: t("code.download_link_of", { kind: t(`artifact.${kind}`) }) },
    { label: t("code.download_file_of", { kind: t(`artifact.${kind}`) }), call: { method: "GET", path: "/downloads/LINK_TOKEN", saveAs: `${kind}.zip`, needsNoKey: true } },
  ];
}

/** What can be asked and done on the page of a model, with the version that is looked at. */
export function modelCode(model: Model, version: ModelVersion | null, isWriter: boolean, t: Translate): CodeGroup[] {
  const { id } = model;
  return [
    {
      title: t("code.group.read"),
      steps: stepsOf([modelCalls.read(id), modelCalls.versions(id), ...(version === null ? [] : [modelCalls.version(version.id), modelCalls.card(version.id), modelCalls.lineage(id, version.id)])], t),
    },
    ...(version === null
      ? []
      : [
          { title: t("code.group.use"), steps: stepsOf([modelCalls.predict(version.id, exampleBody(model.task))], t) },
          { title: t("code.group.files"), steps: version.artifacts.flatMap((artifact) => downloadSteps(artifact, t)) },
        ]),
    ...(isWriter ? [{ title: t("code.group.change"), steps: stepsOf([modelCalls.rename(id, model.name), modelCalls.remove(id)], t) }] : []),
  ];
}

/** What can be asked and done on the list of models. */
export function modelsCode(filter: NameFilter, isWriter: boolean, t: Translate): CodeGroup[] {
  const found: FoundVersionsQuery = { ...filter, limit: A_PAGE };
  const change = stepsOf([modelCalls.bringBack(blank("MODEL"))], t);
  return [
    { title: t("code.group.read"), steps: stepsOf([modelCalls.list(filter), modelCalls.foundVersions(found)], t) },
    ...(isWriter ? [{ title: t("code.group.change"), steps: change }] : []),
  ];
}
