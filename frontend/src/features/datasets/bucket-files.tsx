import { Button } from "@mantine/core";

import { RowCheckbox } from "@/components/row-checkbox.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { checkFile } from "@/features/datasets/check-file.ts";
import classes from "@/features/datasets/new-dataset.module.css";
import type { BucketListing } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { useRowSelection } from "@/lib/row-selection.ts";

interface Props {
  listing: BucketListing;
  isPending: boolean;
  onFetch: (urls: readonly string[]) => Promise<void>;
}

/** What lies in a folder of a bucket: those that can be read are chosen beforehand. */
export function BucketFiles({ listing, isPending, onFetch }: Props) {
  const { t, format } = useI18n();
  const files = listing.files.map((file) => ({ ...file, problem: checkFile({ name: file.name, size: file.size_bytes }) }));
  const readable = files.flatMap(({ url, problem }) => (problem === null ? [url] : []));
  const { selected, toggle, toggleAll } = useRowSelection(readable, readable);
  if (files.length === 0) return <p role="status">{t("import.nothing_there")}</p>;
  return (
    <div className="stack">
      {listing.is_cut && <p role="status">{t("import.cut", { count: files.length })}</p>}
      <TableScroll label={t("import.there")}>
        <table className="table">
          <caption className="visually-hidden">{t("import.there")}</caption>
          <thead>
            <tr>
              <th scope="col">
                <RowCheckbox
                  label={t("import.choose_all")}
                  isChecked={selected.size > 0 && selected.size === readable.length}
                  isPartly={selected.size > 0 && selected.size < readable.length}
                  onToggle={toggleAll}
                />
              </th>
              <th scope="col">{t("import.name")}</th>
              <th scope="col" className="num">
                {t("import.size")}
              </th>
            </tr>
          </thead>
          <tbody>
            {files.map(({ url, name, size_bytes, problem }) => (
              <tr key={url}>
                <td>{problem === null && <RowCheckbox label={t("import.choose", { name })} isChecked={selected.has(url)} onToggle={(isRange) => toggle(url, isRange)} />}</td>
                <th scope="row">
                  {name}
                  {problem !== null && <p className={`hint ${classes["problem"] ?? ""}`}>{t(problem)}</p>}
                </th>
                <td className="num">{format.bytes(size_bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <div className="row">
        <Button loading={isPending} disabled={selected.size === 0} onClick={() => void onFetch(readable.filter((url) => selected.has(url)))}>
          {t("import.begin_some", { count: selected.size })}
        </Button>
      </div>
    </div>
  );
}
