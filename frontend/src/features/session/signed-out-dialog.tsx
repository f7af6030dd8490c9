import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { ErrorNotice } from "@/components/error-notice.tsx";
import { CodeForm } from "@/features/session/code-form.tsx";
import { CredentialsForm } from "@/features/session/credentials-form.tsx";
import { useSession } from "@/features/session/session-queries.ts";
import { useSteps } from "@/features/session/use-steps.ts";
import { useWorkspace } from "@/features/session/workspace-context.ts";
import { wakeEventStreams } from "@/lib/event-stream.ts";
import { useI18n } from "@/lib/i18n/i18n-context.ts";

/** Above every other dialog: whatever they ask would be refused. */
const ABOVE_ALL = 1000;

/**
 * Over a page whose session ended. The page stays, with all that was typed, and goes on when the same person has signed in, here or in another
 * tab; for another person it is loaded anew.
 */
export function SignedOutDialog() {
  const { t } = useI18n();
  const { user } = useWorkspace();
  const session = useSession();
  const client = useQueryClient();
  const known = session.data?.user;
  const isOut = known === null;
  const isOther = known != null && known.id !== user.id;
  const wasOut = useRef(false);
  useEffect(() => {
    if (isOther) location.reload();
    else if (wasOut.current && !isOut) {
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      wakeEventStreams();
    }
    wasOut.current = isOut;
  }, [isOther, isOut, client]);
  return (
    <Modal
      opened={isOut}
      onClose={() => undefined}
      title={t("session.ended_title")}
      centered
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      zIndex={ABOVE_ALL}
    >
      <SignInAgain email={user.email} error={session.error} onAsk={session.refetch} />
    </Modal>
  );
}

interface Props {
  email: string;
  error: Error | null;
  /** Ask who is signed in. */
  onAsk: () => Promise<unknown>;
}

function SignInAgain({ email, error, onAsk }: Props) {
  const { t } = useI18n();
  const { codeStep, go } = useSteps(onAsk);
  // Whoever signed in in another tab comes back to this one.
  useEffect(() => {
    const ask = () => {
      if (document.visibilityState === "visible") void onAsk();
    };
    document.addEventListener("visibilitychange", ask);
    return () => document.removeEventListener("visibilitychange", ask);
  }, [onAsk]);
  return (
    <div className="stack">
      <p className="wrap">{codeStep !== null ? t(`auth.${codeStep}_lead`) : t("session.ended_text", { email })}</p>
      <ErrorNotice error={error} />
      {codeStep !== null ? <CodeForm step={codeStep} onStep={go} /> : <CredentialsForm initialEmail={email} onStep={go} />}
      <p className="small muted">{t("session.ended_hint")}</p>
    </div>
  );
}
