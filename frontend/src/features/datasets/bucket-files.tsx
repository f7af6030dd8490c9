import { Button } from "@mantine/core";
import { useState } from "react";

import { RowCheckbox } from "@/components/row-checkbox.tsx";
import { TableScroll } from "@/components/table-scroll.tsx";
import { checkFile } from "@/features/datasets/check-file.ts";
import classes from "@/features/datasets/new-dataset.module.css";
import type { BucketFile, BucketListing } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  listing: BucketListing;
  isPending: boolean;
  onFetch: (files: readonly BucketFile[]) => Promise<void>;
}

function problemOf({ name, size_bytes }: BucketFile) {
  return checkFile({ name, size: size_bytes });
}

/** What lies in a folder of a bucket: those that can be read are chosen beforehand. */
export function BucketFiles({ listing, isPending, onFetch }: Props) {
  const { t, format } = useI18n();
  const { files } = listing;
  const readable = files.filter((file) => problemOf(file) === null);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const chosen = readable.filter((file) => !left.has(file.url));
  const toggle = (url: string) => setLeft((before) => (before.has(url) ? new Set([...before].filter((one) => one !== url)) : new Set([...before, url])));
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
                  isChecked={chosen.length > 0 && chosen.length === readable.length}
                  isPartly={chosen.length > 0 && chosen.length < readable.length}
                  onToggle={() => setLeft(new Set(chosen.length === readable.length ? readable.map(({ url }) => url) : []))}
                />
              </th>
              <th scope="col">{t("import.name")}</th>
              <th scope="col" className="num">
                {t("import.size")}
              </th>
            </tr>
          </thead>
          <tbody>
            {files.map((file) => {
              const problem = problemOf(file);
              return (
                <tr key={file.url}>
                  <td>{problem === null && <RowCheckbox label={t("import.choose", { name: file.name })} isChecked={!left.has(file.url)} onToggle={() => toggle(file.url)} />}</td>
                  <th scope="row">
                    {file.name}
                    {problem !== null && <p className={`hint ${classes["problem"] ?? ""}`}>{t(problem)}</p>}
                  </th>
                  <td className="num">{format.bytes(file.size_bytes)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableScroll>
      <div className="row">
        <Button loading={isPending} disabled={chosen.length === 0} onClick={() => void onFetch(chosen)}>
          {t("import.begin_some", { count: chosen.length })}
        </Button>
      </div>
    </div>
  );
}
