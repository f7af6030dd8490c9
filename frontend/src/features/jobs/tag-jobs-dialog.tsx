import { Autocomplete, Button, Modal, Select } from "@mantine/core";
import { useState } from "react";

import { tagAction } from "@/features/jobs/bulk-actions.ts";
import { useTagsInUse } from "@/features/jobs/job-queries.ts";
import type { JobListItem } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

const MAX_LENGTH = 40;

interface Props {
  verb: "tag" | "untag";
  jobs: readonly JobListItem[];
  onTag: (tag: string) => void;
  onClose: () => void;
}

/** Asks for the tag that several jobs get or lose, and says of how many. */
export function TagJobsDialog({ verb, jobs, onTag, onClose }: Props) {
  const { t } = useI18n();
  const [typed, setTyped] = useState("");
  const inUse = useTagsInUse().data?.data ?? [];
  const theirs = [...new Set(jobs.flatMap(({ tags }) => tags))].sort();
  // A comma separates tags in addresses.
  const tag = typed.replaceAll(",", " ").trim();
  const count = tag === "" ? 0 : jobs.filter(tagAction(verb, tag).isPossible).length;
  const title = t(verb === "tag" ? "bulk.tag_title" : "bulk.untag_title", { count: jobs.length });
  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (count > 0) onTag(tag);
        }}
      >
        {verb === "tag" ? (
          <Autocomplete label={t("tags.one")} data-autofocus maxLength={MAX_LENGTH} data={inUse.map(({ name }) => name)} limit={8} value={typed} onChange={setTyped} />
        ) : (
          <Select label={t("tags.one")} data-autofocus searchable data={theirs} value={typed === "" ? null : typed} onChange={(value) => setTyped(value ?? "")} />
        )}
        <p className="small muted" role="status">
          {tag !== "" && count < jobs.length && t(verb === "tag" ? "bulk.tag_count" : "bulk.untag_count", { count, all: jobs.length })}
        </p>
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" disabled={count === 0}>
            {t(verb === "tag" ? "bulk.tag_confirm" : "bulk.untag_confirm", { count })}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
