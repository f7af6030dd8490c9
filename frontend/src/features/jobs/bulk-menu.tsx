import { Button, Menu } from "@mantine/core";
import { IconChevronUp } from "@tabler/icons-react";
import { useState } from "react";

import { BULK_VERBS, type BulkAction, bulkAction, tagAction } from "@/features/jobs/bulk-actions.ts";
import { TagJobsDialog } from "@/features/jobs/tag-jobs-dialog.tsx";
import type { JobListItem } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

interface Props {
  jobs: readonly JobListItem[];
  isPending: boolean;
  onStart: (action: BulkAction) => void;
}

/** What can be done with the chosen jobs, and with how many of them, before it is done. */
export function BulkMenu({ jobs, isPending, onStart }: Props) {
  const { t } = useI18n();
  const [dialog, setDialog] = useState<"tag" | "untag" | null>(null);
  const all = jobs.length;
  const offered = BULK_VERBS.map((verb) => ({ verb, action: bulkAction(verb), count: jobs.filter(bulkAction(verb).isPossible).length }));
  return (
    <>
      <Menu position="top-end">
        <Menu.Target>
          <Button size="sm" variant="default" rightSection={<IconChevronUp size={14} aria-hidden />}>
            {t("bulk.more")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {offered.map(({ verb, action, count }) => (
            <Menu.Item key={verb} disabled={count === 0 || isPending} onClick={() => onStart(action)}>
              {t(`bulk.offer_${verb}`, { count, all })}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item disabled={isPending} onClick={() => setDialog("tag")}>{t("bulk.tag")}</Menu.Item>
          <Menu.Item disabled={isPending || jobs.every(({ tags }) => tags.length === 0)} onClick={() => setDialog("untag")}>
            {t("bulk.untag")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog !== null && (
        <TagJobsDialog
          verb={dialog}
          jobs={jobs}
          onClose={() => setDialog(null)}
          onTag={(tag) => {
            setDialog(null);
            onStart(tagAction(dialog, tag));
          }}
        />
      )}
    </>
  );
}
