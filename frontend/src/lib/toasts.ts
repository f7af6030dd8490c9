import { useSyncExternalStore } from "react";

export type ToastTone = "info" | "error";

export interface Toast {
  id: number;
  tone: ToastTone;
  message: string;
}

const SHOWN_MS = 7000;
let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function dismissToast(id: number): void {
  publish(toasts.filter((toast) => toast.id !== id));
}

/** What was said to one person is not for the next. */
export function dismissToasts(): void {
  publish([]);
}

/** Say what happened, after the server confirmed it. Errors stay until they are dismissed. */
export function showToast(message: string, tone: ToastTone = "info"): void {
  const id = nextId;
  nextId += 1;
  publish([...toasts.filter((toast) => toast.message !== message), { id, tone, message }].slice(-4));
  if (tone === "info") setTimeout(() => dismissToast(id), SHOWN_MS);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(subscribe, () => toasts);
}
