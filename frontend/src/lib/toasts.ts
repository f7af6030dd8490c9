import { useSyncExternalStore } from "react";

export type ToastTone = "info" | "error";

/** What can be done about what was said. `run` has said itself what went wrong when it rejects. */
export interface ToastAction {
  label: string;
  run: () => Promise<void>;
}

export interface Toast {
  id: number;
  tone: ToastTone;
  message: string;
  action: ToastAction | null;
  /** The action is on its way. */
  isBusy: boolean;
}

const SHOWN_MS = 7000;
/** There has to be time to read, to think and to get to the button. */
const ACTION_SHOWN_MS = 10_000;
const MOST = 4;

let toasts: readonly Toast[] = [];
let nextId = 1;
let isHeld = false;
const listeners = new Set<() => void>();
const timers = new Map<number, ReturnType<typeof setTimeout>>();

function publish(next: readonly Toast[]): void {
  const gone = toasts.filter(({ id }) => !next.some((toast) => toast.id === id));
  for (const { id } of gone) stop(id);
  toasts = next;
  // What is held by a pointer that rests on nothing any more.
  if (next.length === 0) isHeld = false;
  for (const listener of listeners) listener();
}

function stop(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

function start({ id, tone, action, isBusy }: Toast): void {
  stop(id);
  if (tone === "error" || isHeld || isBusy) return;
  timers.set(
    id,
    setTimeout(() => dismissToast(id), action === null ? SHOWN_MS : ACTION_SHOWN_MS),
  );
}

function change(id: number, part: Partial<Toast>): void {
  publish(toasts.map((toast) => (toast.id === id ? { ...toast, ...part } : toast)));
}

export function dismissToast(id: number): void {
  publish(toasts.filter((toast) => toast.id !== id));
}

/** What was said to one person, or in one organisation, is not for the next. */
export function dismissToasts(): void {
  publish([]);
}

/** Somebody looks at them: none goes by itself until `releaseToasts`. */
export function holdToasts(): void {
  isHeld = true;
  for (const { id } of toasts) stop(id);
}

export function releaseToasts(): void {
  isHeld = false;
  toasts.forEach(start);
}

/** Say what happened, after the server confirmed it. Errors stay until they are dismissed. */
export function showToast(message: string, tone: ToastTone = "info", action: ToastAction | null = null): void {
  const toast: Toast = { id: nextId, tone, message, action, isBusy: false };
  nextId += 1;
  // The same words need no repetition, but two things of one name are undone one by one.
  const others = toasts.filter((other) => other.message !== message || other.action !== null);
  publish([...others, toast].slice(-MOST));
  start(toast);
}

/** Do what a toast offers, once. It goes when that is done, and stays to be tried again when it failed. */
export async function runToast(id: number): Promise<void> {
  const toast = toasts.find((one) => one.id === id);
  if (toast === undefined || toast.action === null || toast.isBusy) return;
  stop(id);
  change(id, { isBusy: true });
  try {
    await toast.action.run();
    dismissToast(id);
  } catch {
    change(id, { isBusy: false });
    start({ ...toast, isBusy: false });
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(subscribe, () => toasts);
}
