import { ApiError, asApiError } from "@/lib/api-error.ts";
import { contextHeaders, csrfToken } from "@/lib/request-context.ts";

/** The headless browser API of django-allauth. A 401 there is not a failure but "one more step". */
const BASE = "/_allauth/browser/v1/auth";

interface Flow {
  id: string;
  is_pending?: boolean;
}

interface FieldError {
  message: string;
  code: string;
  param?: string;
}

export interface AllauthAnswer {
  status: number;
  data?: { flows?: Flow[] };
  errors?: FieldError[];
  meta?: { is_authenticated?: boolean };
}

export type NextStep = "signed_in" | "signed_out" | "verify_email" | "second_factor";

const STEPS: Record<string, NextStep> = { verify_email: "verify_email", mfa_authenticate: "second_factor" };

/** What the reader has to do next; refused input is thrown with the field it belongs to. */
export function nextStep(answer: AllauthAnswer): NextStep {
  if (answer.status === 200 || answer.meta?.is_authenticated === true) return "signed_in";
  if (answer.status === 401 || answer.status === 410) {
    const pending = answer.data?.flows?.find((flow) => flow.is_pending === true && flow.id in STEPS);
    return pending ? (STEPS[pending.id] ?? "signed_out") : "signed_out";
  }
  const errors = answer.errors ?? [];
  const first = errors[0];
  throw new ApiError({
    status: answer.status,
    code: first?.code ?? "client.unreadable",
    message: first?.message ?? `HTTP ${answer.status}`,
    param: first?.param ?? null,
    details: errors.map((error) => ({ code: error.code, message: error.message, param: error.param ?? null, row: null })),
  });
}

async function send(method: "POST" | "DELETE", path: string, body?: unknown): Promise<NextStep> {
  let answer: AllauthAnswer;
  try {
    const response = await fetch(`${BASE}${path}`, {
      method,
      credentials: "same-origin",
      headers: {
        Accept: "application/json",
        "Content-Type": "application/json",
        "X-CSRFToken": csrfToken(),
        "Accept-Language": contextHeaders()["Accept-Language"] ?? "en",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    answer = await readAnswer(response);
  } catch (error) {
    throw asApiError(error);
  }
  return nextStep(answer);
}

async function readAnswer(response: Response): Promise<AllauthAnswer> {
  try {
    const body = (await response.json()) as Partial<AllauthAnswer>;
    return { ...body, status: response.status };
  } catch {
    return { status: response.status };
  }
}

export const allauth = {
  signIn: (email: string, password: string) => send("POST", "/login", { email, password }),
  signUp: (email: string, password: string) => send("POST", "/signup", { email, password }),
  verifyEmail: (key: string) => send("POST", "/email/verify", { key }),
  secondFactor: (code: string) => send("POST", "/2fa/authenticate", { code }),
  signOut: () => send("DELETE", "/session"),
};
