import { Button, Textarea } from "@mantine/core";
import { useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { Section } from "@/components/section.tsx";
import { useDescribeJob } from "@/features/jobs/job-queries.ts";
import classes from "@/features/jobs/notes.module.css";
import { keepDraft, keptDraft, type NotesDraft } from "@/features/jobs/notes-draft.ts";
import type { Job } from "@/lib/api-types.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { focus } from "@/lib/focus.ts";
import { useUndo } from "@/lib/use-undo.ts";
import { useOnline } from "@/lib/use-online.ts";

const MAX_LENGTH = 20_000;

interface Props {
  job: Job;
  canWrite: boolean;
}

/** Plain text about a job, edited where it stands. What is typed is kept by the browser until the server has it. */
export function JobNotes({ job, canWrite }: Props) {
  const { t } = useI18n();
  const [draft, setDraft] = useState<NotesDraft | null>(() => (canWrite ? keptDraft(job.id) : null));
  const [isBegun, setIsBegun] = useState(false);
  if (!canWrite && job.notes === "") return null;
  const write = (next: NotesDraft | null) => {
    keepDraft(job.id, next);
    setDraft(next);
  };
  const begin = () => {
    setIsBegun(true);
    write({ text: job.notes, base: job.notes });
  };
  return (
    <Section
      title={t("notes.title")}
      actions={
        draft === null && canWrite ? (
          <Button variant="default" size="sm" onClick={begin}>
            {t(job.notes === "" ? "notes.add" : "notes.edit")}
          </Button>
        ) : undefined
      }
    >
      {draft === null ? (
        <p className={job.notes === "" ? "muted" : `wrap prose ${classes["text"] ?? ""}`}>{job.notes === "" ? t("notes.none") : job.notes}</p>
      ) : (
        <NotesEditor job={job} draft={draft} isBegun={isBegun} onWrite={write} />
      )}
    </Section>
  );
}

interface EditorProps {
  job: Job;
  draft: NotesDraft;
  /** Just now, and not found again when the page was opened. */
  isBegun: boolean;
  onWrite: (draft: NotesDraft | null) => void;
}

function NotesEditor({ job, draft, isBegun, onWrite }: EditorProps) {
  const { t } = useI18n();
  const isOnline = useOnline();
  const describe = useDescribeJob(job.id);
  const offerUndo = useUndo();
  const isChanged = job.notes !== draft.base && job.notes !== draft.text;
  const save = () => {
    const before = job.notes;
    const onSuccess = () => {
      onWrite(null);
      if (draft.text === "" && before !== "") offerUndo(t("undo.notes_cleared"), () => describe.mutateAsync({ notes: before, base_notes: "" }));
    };
    // Whoever saves with those of somebody else in sight has decided between the two.
    describe.mutate({ notes: draft.text, base_notes: isChanged ? job.notes : draft.base }, { onSuccess });
  };
  return (
    <div className="stack prose">
      {isChanged && (
        <Notice tone="warning" title={t("notes.changed_title")}>
          <p>{t("notes.changed_text")}</p>
          <p className={`wrap small ${classes["text"] ?? ""}`}>{job.notes === "" ? t("notes.none") : job.notes}</p>
        </Notice>
      )}
      <Textarea
        aria-label={t("notes.title")}
        rows={6}
        resize="vertical"
        maxLength={MAX_LENGTH}
        ref={isBegun ? focus : undefined}
        value={draft.text}
        disabled={describe.isPending}
        onChange={(event) => onWrite({ ...draft, text: event.currentTarget.value })}
      />
      <ErrorNotice error={describe.error} />
      <div className="row">
        <Button size="sm" loading={describe.isPending} disabled={!isOnline} onClick={save}>
          {t("action.save")}
        </Button>
        <Button size="sm" variant="default" disabled={describe.isPending} onClick={() => onWrite(null)}>
          {t("notes.discard")}
        </Button>
        <span className="small muted" role="status">
          {!isOnline ? t("notes.offline") : draft.text !== draft.base && t("notes.kept")}
        </span>
      </div>
    </div>
  );
}
