import { vi } from "vitest";

/** The part of IndexedDB that `browser-store.ts` asks for, which the environment of tests lacks: values are cloned, answers come later. */
export function useStubIndexedDb(): void {
  const stores = new Map<string, Map<IDBValidKey, unknown>>();
  const answer = <T>(act: () => T) => {
    const request = { result: undefined as T | undefined, onsuccess: () => undefined, onupgradeneeded: () => undefined };
    queueMicrotask(() => {
      request.result = act();
      request.onupgradeneeded();
      request.onsuccess();
    });
    return request;
  };
  const objectStore = (name: string) => {
    const values = stores.get(name) ?? new Map<IDBValidKey, unknown>();
    stores.set(name, values);
    return {
      get: (key: IDBValidKey) => answer(() => structuredClone(values.get(key))),
      delete: (key: IDBValidKey) => answer(() => void values.delete(key)),
      put: (value: unknown, key: IDBValidKey) => {
        values.set(key, structuredClone(value));
        return answer(() => key);
      },
    };
  };
  const database = { createObjectStore: () => undefined, transaction: () => ({ objectStore }), close: () => undefined };
  vi.stubGlobal("indexedDB", { open: () => answer(() => database) });
}
