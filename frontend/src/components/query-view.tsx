import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ErrorPanel } from "@/components/error-panel.tsx";
import { Notice } from "@/components/notice.tsx";
import { Skeleton } from "@/components/skeleton.tsx";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props<T> {
  query: UseQueryResult<T>;
  lines?: number;
  /** Where to go from what is not there. */
  wayOn?: ReactNode;
  children: (data: T) => ReactNode;
}

/** Loading, failed, stale-with-a-warning, or there. */
export function QueryView<T>({ query, lines = 4, wayOn, children }: Props<T>) {
  const { t } = useI18n();
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && <Notice tone="warning">{t("state.stale")}</Notice>}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <ErrorPanel error={query.error} wayOn={wayOn} onRetry={() => void query.refetch()} />;
  return <Skeleton lines={lines} />;
}
