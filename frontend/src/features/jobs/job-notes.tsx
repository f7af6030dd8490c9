import { Button, Textarea } from "@mantine/core";
import { useState } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { Notice } from "@/components/notice.tsx";
import { Section } from "@/components/section.tsx";
import { useDescribeJob, useHopedNotes } from "@/features/jobs/job-queries.ts";
import classes from "@/features/jobs/notes.module.css";
import { keepDraft, keptDraft, type NotesDraft } from "@/features/jobs/notes-draft.ts";
import type { Job } from "@/lib/api-types.ts";
import { describeError } from "@/lib/describe-error.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";
import { focus } from "@/lib/focus.ts";
import { showToast } from "@/lib/toasts.ts";
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
  const describe = useDescribeJob(job.id);
  const notes = useHopedNotes(job);
  const offerUndo = useUndo();
  if (!canWrite && job.notes === "") return null;
  const write = (next: NotesDraft | null) => {
    keepDraft(job.id, next);
    setDraft(next);
  };
  const begin = () => {
    setIsBegun(true);
    describe.reset();
    write({ text: job.notes, base: job.notes });
  };
  const save = async ({ text, base }: NotesDraft) => {
    const before = job.notes;
    try {
      await describe.mutateAsync({ notes: text, base_notes: base });
    } catch (error) {
      showToast(t("notes.not_saved", { name: job.name, reason: describeError(error, t) }), "error");
      return;
    }
    write(null);
    if (text !== before) offerUndo(t(text === "" ? "undo.notes_cleared" : "undo.notes_saved"), () => describe.mutateAsync({ notes: before, base_notes: text }));
  };
  // What is on its way is shown as if it were there; where it is refused, the editor is back with it.
  const isEdited = draft !== null && !describe.isPending;
  return (
    <Section
      title={t("notes.title")}
      actions={
        !isEdited && !describe.isPending && canWrite ? (
          <Button variant="default" size="sm" onClick={begin}>
            {t(job.notes === "" ? "notes.add" : "notes.edit")}
          </Button>
        ) : undefined
      }
    >
      {isEdited ? (
        <NotesEditor job={job} draft={draft} isBegun={isBegun} error={describe.error} onWrite={write} onSave={(next) => void save(next)} />
      ) : (
        <p className={notes === "" ? "muted" : `wrap prose ${classes["text"] ?? ""}`}>{notes === "" ? t("notes.none") : notes}</p>
      )}
    </Section>
  );
}

interface EditorProps {
  job: Job;
  draft: NotesDraft;
  /** Just now, and not found again when the page was opened. */
  isBegun: boolean;
  error: unknown;
  onWrite: (draft: NotesDraft | null) => void;
  onSave: (draft: NotesDraft) => void;
}

function NotesEditor({ job, draft, isBegun, error, onWrite, onSave }: EditorProps) {
  const { t } = useI18n();
  const isOnline = useOnline();
  const isChanged = job.notes !== draft.base && job.notes !== draft.text;
  // Whoever saves with those of somebody else in sight has decided between the two.
  const save = () => onSave({ text: draft.text, base: isChanged ? job.notes : draft.base });
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
        onChange={(event) => onWrite({ ...draft, text: event.currentTarget.value })}
      />
      <ErrorNotice error={error} />
      <div className="row">
        <Button size="sm" disabled={!isOnline} onClick={save}>
          {t("action.save")}
        </Button>
        <Button size="sm" variant="default" onClick={() => onWrite(null)}>
          {t("notes.discard")}
        </Button>
        <span className="small muted" role="status">
          {!isOnline ? t("notes.offline") : draft.text !== draft.base && t("notes.kept")}
        </span>
      </div>
    </div>
  );
}
