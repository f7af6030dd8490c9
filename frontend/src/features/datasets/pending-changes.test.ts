import { describe, expect, it } from "vitest";

import * as changes from "@/features/datasets/pending-changes.ts";
import type { Row } from "@/lib/api-types.ts";

const version = { id: "v2", number: 2 };
const row: Row = { id: 7, row: 9, split: "train", cells: { text: "Where is it?", label: "delivery" }, long: [] };
const start = changes.noChanges(version);

describe("pending changes", () => {
  it("collect edits of a row and send each cell once, with its last value", () => {
    const once = changes.rowEdited(start, row, { label: "refund" });
    const twice = changes.rowEdited(once, row, { label: "complaint", text: "Where?" });
    expect(changes.asChanges(twice)).toEqual([{ id: 7, action: "set", cells: { label: "complaint", text: "Where?" } }]);
    expect(twice.rows[0]?.before).toEqual({ label: "delivery", text: "Where is it?" });
  });

  it("forget a cell that is set back to what it was, and with the last cell the row", () => {
    const edited = changes.rowEdited(start, row, { label: "refund" });
    expect(changes.pendingCount(edited)).toBe(1);
    expect(changes.rowEdited(edited, row, { label: "delivery" }).rows).toEqual([]);
    expect(changes.rowMoved(changes.rowMoved(start, row, "test"), row, "train").rows).toEqual([]);
  });

  it("compare lists by what is in them", () => {
    const tagged: Row = { ...row, cells: { labels: ["a", "b"] } };
    expect(changes.rowEdited(start, tagged, { labels: ["a", "b"] }).rows).toEqual([]);
    expect(changes.rowEdited(start, tagged, { labels: ["a"] }).rows).toHaveLength(1);
  });

  it("send a dropped row as dropped and as nothing else", () => {
    const edited = changes.rowMoved(changes.rowEdited(start, row, { label: "refund" }), row, "test");
    expect(changes.asChanges(edited)).toEqual([
      { id: 7, action: "set", cells: { label: "refund" } },
      { id: 7, action: "move", split: "test" },
    ]);
    expect(changes.asChanges(changes.rowDropped(edited, row))).toEqual([{ id: 7, action: "drop" }]);
  });

  it("put additions last and in their order, with a split only where one was chosen", () => {
    const first = changes.rowAdded(start, { key: "a", cells: { text: "one" }, split: "auto" });
    const both = changes.rowAdded(first, { key: "b", cells: { text: "two" }, split: "test" });
    expect(changes.asChanges(changes.rowDropped(both, row))).toEqual([
      { id: 7, action: "drop" },
      { action: "add", cells: { text: "one" } },
      { action: "add", cells: { text: "two" }, split: "test" },
    ]);
    expect(changes.additionUndone(both, "a").added.map(({ key }) => key)).toEqual(["b"]);
  });

  it("relabel points, and forget those that have the label already", () => {
    const points = [
      { id: 7, x: 0, y: 0, difficulty: 0.5, label: "delivery" },
      { id: 8, x: 0, y: 0, difficulty: 0.5, label: "refund" },
    ];
    const relabelled = changes.pointsRelabelled(start, points, "refund");
    expect(changes.asChanges(relabelled)).toEqual([{ id: 7, action: "set", cells: { label: "refund" } }]);
    expect(changes.changeKind(relabelled)).toBe("relabel");
    expect(changes.pointsRelabelled(relabelled, points.slice(0, 1), "delivery").rows).toEqual([]);
    const dropped = changes.pointsDropped(relabelled, points);
    expect(changes.asChanges(dropped)).toEqual([{ id: 7, action: "drop" }, { id: 8, action: "drop" }]);
    expect(changes.changeKind(dropped)).toBe("edit");
  });

  it("outlive a reload and nothing else does", () => {
    const edited = changes.rowEdited(start, row, { label: "refund" });
    expect(changes.parsePending(JSON.stringify(edited))).toEqual(edited);
    for (const text of [null, "", "{", "[]", "null", '{"baseId":"v2"}']) expect(changes.parsePending(text)).toBeNull();
  });

  it("move to a later version with the ids they have", () => {
    const carried = changes.carriedTo({ ...changes.rowDropped(start, row), changeId: "c" }, { id: "v3", number: 3 }, []);
    expect(carried).toMatchObject({ baseId: "v3", baseNumber: 3, changeId: null });
    expect(changes.asChanges(carried)).toEqual([{ id: 7, action: "drop" }]);
  });

  it("are held against what somebody else made of the cells meanwhile", () => {
    const edited = changes.rowEdited(start, row, { label: "refund" });
    const [same, other, wanted] = [row.cells["label"], "praise", "refund"].map((label) => [{ ...row, cells: { ...row.cells, label } }]);
    expect(changes.editedIds(changes.rowMoved(edited, { ...row, id: 9 }, "test"))).toEqual([7]);
    for (const rows of [same, wanted, []]) expect(changes.overtakenRows(edited, rows ?? [])).toEqual([]);
    expect(changes.overtakenRows(edited, other ?? [])).toMatchObject([{ id: 7, before: { label: "praise" }, cells: { label: "refund" } }]);
    const carried = changes.carriedTo(edited, { id: "v3", number: 3 }, other ?? []);
    expect(carried.rows).toMatchObject([{ id: 7, before: { label: "praise" }, cells: { label: "refund" } }]);
    expect(changes.carriedTo(edited, { id: "v3", number: 3 }, wanted ?? []).rows).toEqual([]);
  });
});
