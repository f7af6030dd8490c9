import { Autocomplete, CloseButton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { MAX_TAGS } from "@/features/jobs/bulk-actions.ts";
import { addressOf } from "@/features/jobs/job-filter.ts";
import { jobKeys, useDescribeJob, useHopedTags, useTagsInUse } from "@/features/jobs/job-queries.ts";
import classes from "@/features/jobs/tags.module.css";
import type { Job } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { showToast } from "@/lib/toasts.ts";
import { useUndo } from "@/lib/use-undo.ts";

const MAX_LENGTH = 40;

interface Props {
  job: Job;
  canWrite: boolean;
}

/** Tags of a job: taken away with a click, added with Enter, with those that other jobs have to choose from; shown at once. */
export function JobTags({ job, canWrite }: Props) {
  const { t } = useI18n();
  const client = useQueryClient();
  const describe = useDescribeJob(job.id);
  const [text, setText] = useState("");
  const inUse = useTagsInUse().data?.data ?? [];
  const shown = useHopedTags(job);
  const known = inUse.map((tag) => tag.name).filter((name) => !shown.includes(name));
  const offerUndo = useUndo();
  /** As it is by the time that something is undone. */
  const now = () => client.getQueryData<Job>(jobKeys.detail(job.id)) ?? job;
  const onError = (error: unknown) => showToast(describeError(error, t), "error");
  const add = (typed: string) => {
    // A comma separates tags in addresses, and so it does here.
    const wanted = typed.split(",").map((tag) => tag.trim().slice(0, MAX_LENGTH)).filter((tag) => tag !== "");
    const tags = [...new Set([...shown, ...wanted])].slice(0, MAX_TAGS);
    setText("");
    if (tags.length === shown.length) return;
    const onRefused = (error: unknown) => {
      onError(error);
      setText((present) => (present === "" ? typed : present));
    };
    describe.mutate({ tags }, { onError: onRefused });
  };
  const remove = (tag: string) => {
    const onSuccess = () => offerUndo(t("undo.tag_removed", { tag }), () => describe.mutateAsync({ tags: [...new Set([...now().tags, tag])] }));
    describe.mutate({ tags: shown.filter((other) => other !== tag) }, { onSuccess, onError });
  };
  if (!canWrite && shown.length === 0) return null;
  return (
    <div className="row">
      {shown.length > 0 && (
        <ul className={classes["tags"]} aria-label={t("tags.title")}>
          {shown.map((tag) => (
            <li key={tag} className={classes["tag"]}>
              <Link to={addressOf({ tag })} className="name" title={tag}>
                {tag}
              </Link>
              {canWrite && (
                <CloseButton size="xs" aria-label={t("tags.remove", { tag })} onClick={() => remove(tag)} />
              )}
            </li>
          ))}
        </ul>
      )}
      {canWrite &&
        (shown.length < MAX_TAGS ? (
          <Autocomplete
            aria-label={t("tags.add")}
            placeholder={t("tags.add")}
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            leftSectionWidth={26}
            className={classes["add"]}
            maxLength={MAX_LENGTH}
            data={known}
            limit={8}
            value={text}
            onChange={setText}
            onOptionSubmit={add}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
              event.preventDefault();
              add(text);
            }}
          />
        ) : (
          <span className="small faint">{t("tags.most", { count: MAX_TAGS })}</span>
        ))}
    </div>
  );
}
