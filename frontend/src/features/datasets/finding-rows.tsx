import { useState } from "react";

import { Pager } from "@/components/pager.tsx";
import { QueryView } from "@/components/query-view.tsx";
import { ROWS_ON_A_PAGE } from "@/features/datasets/change-queries.ts";
import { useFindingRows } from "@/features/datasets/doctor-queries.ts";
import { RowTable } from "@/features/datasets/row-table.tsx";
import type { DoctorFinding } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  finding: DoctorFinding;
  roles: readonly string[];
  title: string;
}

/** Every row that a finding points at, the most suspicious first. */
export function FindingRows({ finding, roles, title }: Props) {
  const { t } = useI18n();
  const [offset, setOffset] = useState(0);
  const rows = useFindingRows(finding.id, offset);
  return (
    <QueryView query={rows} lines={4}>
      {(data) => (
        <div className="stack">
          <RowTable label={t("doctor.rows_of", { check: title })} roles={roles} rows={data.data.map(({ row }) => row)} />
          <Pager offset={offset} shown={data.data.length} total={data.total} size={ROWS_ON_A_PAGE} onOffset={setOffset} />
        </div>
      )}
    </QueryView>
  );
}
