/** What is too large, or too little of a text, for `kept-json.ts`: one store of a database of this browser. */
export interface BrowserStore {
  database: string;
  name: string;
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("indexedDB"));
  });
}

/** Null where the browser keeps nothing: private windows and old browsers. */
export async function inStore<T>({ database: name, name: place }: BrowserStore, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  try {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(place);
    const database = await asked(opening);
    try {
      return await asked(act(database.transaction(place, mode).objectStore(place)));
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}
