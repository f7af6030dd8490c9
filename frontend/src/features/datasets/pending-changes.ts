/** Changes of rows that are collected before they are sent together: what each row becomes, and what it was. */
import type { DatasetVersion, MapPoint, Row, RowChange, Split, SplitChoice } from "@/lib/api-types.ts";

export type Cells = Readonly<Record<string, unknown>>;

/** What becomes of one row; `before` holds the cells that change as they were. */
export interface PendingRow {
  id: number;
  /** Line of the file and split, where they are known: a point of the map has neither. */
  line: number | null;
  from: Split | null;
  before: Cells;
  isDropped: boolean;
  cells: Cells;
  split: Split | null;
}

export interface PendingAddition {
  key: string;
  cells: Cells;
  split: SplitChoice;
}

export interface PendingChanges {
  /** The version whose rows were looked at. */
  baseId: string;
  baseNumber: number;
  rows: readonly PendingRow[];
  added: readonly PendingAddition[];
  /** What the server made of them, once they were sent. */
  changeId: string | null;
}

/** As many as the server takes at once. */
export const MOST_CHANGES = 10_000;

export function noChanges(version: Pick<DatasetVersion, "id" | "number">): PendingChanges {
  return { baseId: version.id, baseNumber: version.number, rows: [], added: [], changeId: null };
}

export function pendingCount(pending: PendingChanges): number {
  return pending.rows.length + pending.added.length;
}

export function sameCell(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

type Known = Pick<PendingRow, "id" | "line" | "from">;

function of(row: Row): Known {
  return { id: row.id, line: row.row, from: row.split };
}

/** A row that is as it was needs no change. */
function changesNothing(row: PendingRow): boolean {
  return !row.isDropped && row.split === null && Object.keys(row.cells).length === 0;
}

function withRow(pending: PendingChanges, known: Known, change: (row: PendingRow) => PendingRow): PendingChanges {
  const old = pending.rows.find(({ id }) => id === known.id);
  const next = change(old ?? { ...known, before: {}, isDropped: false, cells: {}, split: null });
  const others = old ? pending.rows.map((row) => (row.id === known.id ? next : row)) : [...pending.rows, next];
  return { ...pending, rows: others.filter((row) => !changesNothing(row)) };
}

export function rowDropped(pending: PendingChanges, row: Row): PendingChanges {
  // What is dropped is changed in no other way: the server refuses both at once.
  return withRow(pending, of(row), (old) => ({ ...old, isDropped: true, cells: {}, split: null }));
}

/** A cell that is set to what it was is not changed. */
export function rowEdited(pending: PendingChanges, row: Row, cells: Cells): PendingChanges {
  return withRow(pending, of(row), (old) => {
    const before = { ...row.cells, ...old.before };
    const wanted = Object.entries({ ...old.cells, ...cells }).filter(([role, value]) => !sameCell(value, before[role]));
    return { ...old, isDropped: false, cells: Object.fromEntries(wanted), before: Object.fromEntries(wanted.map(([role]) => [role, before[role] ?? null])) };
  });
}

export function rowMoved(pending: PendingChanges, row: Row, split: Split): PendingChanges {
  return withRow(pending, of(row), (old) => ({ ...old, isDropped: false, split: split === row.split ? null : split }));
}

/** Many rows at once need one walk, not one for each. */
function withRows(pending: PendingChanges, changed: readonly PendingRow[]): PendingChanges {
  const ids = new Set(changed.map(({ id }) => id));
  return { ...pending, rows: [...pending.rows.filter(({ id }) => !ids.has(id)), ...changed.filter((row) => !changesNothing(row))] };
}

export function pointsDropped(pending: PendingChanges, points: readonly MapPoint[]): PendingChanges {
  const old = new Map(pending.rows.map((row) => [row.id, row]));
  const dropped = points.map(({ id }) => ({ id, line: old.get(id)?.line ?? null, from: old.get(id)?.from ?? null, before: {}, isDropped: true, cells: {}, split: null }));
  return withRows(pending, dropped);
}

function withoutLabel(cells: Cells): Cells {
  return Object.fromEntries(Object.entries(cells).filter(([role]) => role !== "label"));
}

export function pointsRelabelled(pending: PendingChanges, points: readonly MapPoint[], label: string): PendingChanges {
  const old = new Map(pending.rows.map((row) => [row.id, row]));
  const relabelled = points.map((point): PendingRow => {
    const row = old.get(point.id) ?? { id: point.id, line: null, from: null, before: {}, isDropped: false, cells: {}, split: null };
    const isAsBefore = label === point.label;
    const [before, cells] = [withoutLabel(row.before), withoutLabel(row.cells)];
    return { ...row, isDropped: false, before: isAsBefore ? before : { ...before, label: point.label }, cells: isAsBefore ? cells : { ...cells, label } };
  });
  return withRows(pending, relabelled);
}

export function rowAdded(pending: PendingChanges, addition: PendingAddition): PendingChanges {
  return { ...pending, added: [...pending.added, addition] };
}

export function rowUndone(pending: PendingChanges, id: number): PendingChanges {
  return { ...pending, rows: pending.rows.filter((row) => row.id !== id) };
}

export function additionUndone(pending: PendingChanges, key: string): PendingChanges {
  return { ...pending, added: pending.added.filter((addition) => addition.key !== key) };
}

/** Rows whose cells are looked at in a later version before they are changed there. */
export function editedIds(pending: PendingChanges): number[] {
  return pending.rows.filter(({ cells }) => Object.keys(cells).length > 0).map(({ id }) => id);
}

/** A row as it is wanted, against what its cells say now. */
function against(row: PendingRow, now: Cells): PendingRow {
  const wanted = Object.entries(row.cells).filter(([role, value]) => !sameCell(value, now[role]));
  return { ...row, cells: Object.fromEntries(wanted), before: Object.fromEntries(wanted.map(([role]) => [role, now[role] ?? null])) };
}

/** Those that somebody else has changed since to something else than what is wanted, each with what it says now as `before`. */
export function overtakenRows(pending: PendingChanges, rows: readonly Row[]): PendingRow[] {
  const now = new Map(rows.map((row) => [row.id, row.cells]));
  return pending.rows.flatMap((row) => {
    const cells = now.get(row.id);
    if (cells === undefined) return [];
    const isOvertaken = Object.entries(row.cells).some(([role, value]) => !sameCell(row.before[role], cells[role]) && !sameCell(value, cells[role]));
    return isOvertaken ? [against(row, cells)] : [];
  });
}

/** Rows keep their ids from version to version, so that changes of one can be made to the next. `rows`: what edited ones say there. */
export function carriedTo(pending: PendingChanges, version: Pick<DatasetVersion, "id" | "number">, rows: readonly Row[]): PendingChanges {
  const now = new Map(rows.map((row) => [row.id, row.cells]));
  const carried = pending.rows.map((row) => against(row, now.get(row.id) ?? row.before)).filter((row) => !changesNothing(row));
  return { ...pending, baseId: version.id, baseNumber: version.number, changeId: null, rows: carried };
}

/** As the server takes them. Additions come last and in their order: its problems name them by their number. */
export function asChanges(pending: PendingChanges): RowChange[] {
  const ofRows = pending.rows.flatMap(({ id, isDropped, cells, split }): RowChange[] => {
    if (isDropped) return [{ id, action: "drop" }];
    return [
      ...(Object.keys(cells).length > 0 ? [{ id, action: "set" as const, cells }] : []),
      ...(split === null ? [] : [{ id, action: "move" as const, split }]),
    ];
  });
  const added = pending.added.map(({ cells, split }): RowChange => ({ action: "add", cells, ...(split === "auto" ? {} : { split }) }));
  return [...ofRows, ...added];
}

/** Labels alone are worth a name of their own in the list of versions. */
export function changeKind(pending: PendingChanges): "edit" | "relabel" {
  const isLabelOnly = ({ isDropped, split, cells }: PendingRow) => !isDropped && split === null && Object.keys(cells).every((role) => role === "label" || role === "labels");
  return pending.added.length === 0 && pending.rows.every(isLabelOnly) ? "relabel" : "edit";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** What an earlier page left in the browser; null for anything else. */
export function parsePending(text: string | null): PendingChanges | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isSound = isRecord(value) && typeof value["baseId"] === "string" && typeof value["baseNumber"] === "number" && Array.isArray(value["rows"]) && Array.isArray(value["added"]);
    return isSound ? (value as unknown as PendingChanges) : null;
  } catch {
    return null;
  }
}
