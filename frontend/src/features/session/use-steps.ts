import { useState } from "react";

import type { NextStep } from "@/features/session/allauth-client.ts";

/** Where somebody is who signs in or up: `codeStep` while a code is asked for, null otherwise. */
export function useSteps(onSignedIn: () => Promise<unknown>) {
  const [step, setStep] = useState<NextStep>("signed_out");
  const go = async (next: NextStep) => {
    setStep(next);
    if (next === "signed_in") await onSignedIn();
  };
  return { codeStep: step === "verify_email" || step === "second_factor" ? step : null, go };
}
