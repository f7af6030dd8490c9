import { Button } from "@mantine/core";

import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  offset: number;
  /** How many are shown, of how many there are. */
  shown: number;
  total: number;
  /** As many as a page holds. */
  size: number;
  onOffset: (offset: number) => void;
}

/** Under a table of which a page is shown: which rows these are, and the way to the others. */
export function Pager({ offset, shown, total, size, onOffset }: Props) {
  const { t, format } = useI18n();
  return (
    <div className="row">
      <span className="small muted num" aria-live="polite">
        {t("preview.range", { from: offset + 1, to: offset + shown, count: total })}
      </span>
      {total > size && (
        <>
          <Button size="sm" variant="default" disabled={offset === 0} onClick={() => onOffset(Math.max(0, offset - size))}>
            {t("action.previous")}
          </Button>
          <Button
            size="sm"
            variant="default"
            disabled={offset + shown >= total}
            onClick={() => onOffset(offset + size)}
            aria-label={`${t("action.next")} (${format.integer(size)})`}
          >
            {t("action.next")}
          </Button>
        </>
      )}
    </div>
  );
}
