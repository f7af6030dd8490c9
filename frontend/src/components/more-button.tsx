import { Button } from "@mantine/core";

import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  /** Null where there is no more. */
  onMore: (() => void) | null;
  isLoading?: boolean;
}

/** Below a list of which the beginning is shown. */
export function MoreButton({ onMore, isLoading = false }: Props) {
  const { t } = useI18n();
  return (
    onMore && (
      <Button variant="default" mt="md" loading={isLoading} onClick={onMore}>
        {t("action.more")}
      </Button>
    )
  );
}

interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** The same below a list that the server gives page by page. */
export function MorePages({ of: { hasNextPage, isFetchingNextPage, fetchNextPage } }: { of: Pages }) {
  return <MoreButton onMore={hasNextPage ? () => void fetchNextPage() : null} isLoading={isFetchingNextPage} />;
}
