import { ButtonLink } from "@/components/button-link.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { useDatasetVersions } from "@/features/datasets/dataset-queries.ts";
import classes from "@/features/datasets/dataset.module.css";
import { mappingText } from "@/features/datasets/mapping.ts";
import type { Dataset } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const DIGEST_LENGTH = 12;

interface Props {
  dataset: Dataset;
  canLaunch: boolean;
}

export function VersionsTable({ dataset, canLaunch }: Props) {
  const { t, format } = useI18n();
  const versions = useDatasetVersions(dataset.id, dataset.latest_version?.id ?? null);
  return (
    <QueryView query={versions} lines={2}>
      {({ data }) => (
        <TableScroll label={t("versions.title")}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("dataset.version")}</th>
                <th scope="col">{t("versions.columns")}</th>
                <th scope="col" className="num">
                  {t("split.train")}
                </th>
                <th scope="col" className="num">
                  {t("split.validation")}
                </th>
                <th scope="col" className="num">
                  {t("split.test")}
                </th>
                <th scope="col">SHA-256</th>
                <th scope="col" className="num">
                  {t("field.size")}
                </th>
                <th scope="col" className="num">
                  {t("field.created")}
                </th>
                {canLaunch && (
                  <th scope="col">
                    <span className="visually-hidden">{t("field.actions")}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {data.map((version) => (
                <tr key={version.id}>
                  <th scope="row">v{version.number}</th>
                  <td className="wrap">{mappingText(version, dataset.roles)}</td>
                  <td className="num">{format.integer(version.num_rows.train)}</td>
                  <td className="num">{format.integer(version.num_rows.validation)}</td>
                  <td className="num">{format.integer(version.num_rows.test)}</td>
                  <td>
                    <span className={classes["digest"]} title={version.sha256}>
                      {version.sha256.slice(0, DIGEST_LENGTH)}
                    </span>
                  </td>
                  <td className="num">{format.bytes(version.size_bytes)}</td>
                  <td className="num">{format.dateTime(version.created_at)}</td>
                  {canLaunch && (
                    <td className="num">
                      <ButtonLink size="xs" variant="default" to={`/jobs/new?dataset=${dataset.id}&version=${version.id}`}>
                        {t("job.train_on", { version: `v${version.number}` })}
                      </ButtonLink>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      )}
    </QueryView>
  );
}
