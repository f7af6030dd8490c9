/** What stands in shown code where only the reader knows the value: such words are never sent by the page. */
export const blank = (what: string) => `${what}_ID`;

/** Rows are counted; the schema knows no words for them. */
export const ROW_ID = "ROW_ID" as unknown as number;
