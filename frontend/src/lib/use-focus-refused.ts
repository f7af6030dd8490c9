import { type RefObject, useEffect } from "react";

/** Takes whoever sent a form to the first of its fields that was refused. */
export function useFocusRefused(form: RefObject<HTMLElement | null>, error: unknown): void {
  useEffect(() => {
    if (error !== null && error !== undefined) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-refused] input:checked')?.focus();
  }, [form, error]);
}
