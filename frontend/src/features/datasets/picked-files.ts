import { ACCEPTED } from "@/features/datasets/check-file.ts";
import { type BrowserStore, inStore } from "@/lib/browser-store.ts";

/** What a browser may keep of a chosen file, so that nobody has to choose it again (File System Access; Chromium has it). */
export interface FileHandle {
  readonly kind: "file" | "directory";
  getFile: () => Promise<File>;
  queryPermission?: (wish: { mode: "read" }) => Promise<PermissionState>;
  requestPermission?: (wish: { mode: "read" }) => Promise<PermissionState>;
}

export interface PickedFile {
  file: File;
  handle: FileHandle | null;
}

interface Picker {
  showOpenFilePicker?: (options: { multiple: boolean; types: { accept: Record<string, readonly string[]> }[] }) => Promise<FileHandle[]>;
}

interface HandedItem {
  getAsFileSystemHandle?: () => Promise<FileHandle | null>;
}

/** Where nothing is kept, the file is chosen again. */
const HANDLES: BrowserStore = { database: "anneal-files", name: "handles" };

export function plainFiles(files: Iterable<File>): PickedFile[] {
  return [...files].map((file) => ({ file, handle: null }));
}

export function canPick(): boolean {
  return (window as Picker).showOpenFilePicker !== undefined;
}

/** Files chosen in the browser's own dialog; none when it was closed. */
export async function pickFiles(): Promise<PickedFile[]> {
  const pick = (window as Picker).showOpenFilePicker;
  if (!pick) return [];
  try {
    const handles = await pick.call(window, { multiple: true, types: [{ accept: { "application/octet-stream": ACCEPTED } }] });
    return await Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), handle })));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return [];
    throw error;
  }
}

/** Files that were dropped. Handles must be asked for before the event is over, so nothing is awaited first. */
export async function droppedFiles(transfer: DataTransfer): Promise<PickedFile[]> {
  const handed = [...transfer.items].map((item) => ({ file: item.getAsFile(), handle: (item as HandedItem).getAsFileSystemHandle?.() ?? Promise.resolve(null) }));
  const found = await Promise.all(handed.map(async ({ file, handle }) => ({ file, handle: await handle.catch(() => null) })));
  return found.flatMap(({ file, handle }) => (file === null ? [] : [{ file, handle: handle?.kind === "file" ? handle : null }]));
}

export async function keepHandle(id: string, handle: FileHandle | null): Promise<void> {
  if (handle !== null) await inStore(HANDLES, "readwrite", (store) => store.put(handle, id));
}

export async function forgetHandle(id: string): Promise<void> {
  await inStore(HANDLES, "readwrite", (store) => store.delete(id));
}

/** The file behind a kept handle; null when there is none or reading is not allowed. `mayAsk`: a click allows to ask the person. */
export async function fileAgain(id: string, mayAsk: boolean): Promise<File | null> {
  const handle = await inStore(HANDLES, "readonly", (store) => store.get(id) as IDBRequest<FileHandle | undefined>);
  if (!handle) return null;
  try {
    const allowed = mayAsk ? await handle.requestPermission?.({ mode: "read" }) : await handle.queryPermission?.({ mode: "read" });
    return allowed === "granted" ? await handle.getFile() : null;
  } catch {
    return null;
  }
}
