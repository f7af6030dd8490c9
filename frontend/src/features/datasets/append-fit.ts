/** Which columns of a version a further file has, as far as the browser can tell, and which of its own may be meant. */
import { columnOf } from "@/features/datasets/merge-fit.ts";
import type { DataRole, DatasetVersion, TaskRole } from "@/lib/api-types.ts";

export interface MappedRole {
  role: DataRole;
  column: string;
  isOptional: boolean;
}

/** Role -> the file's name for its column, where that is another one than the dataset's; null: none of them. */
export type OwnColumns = Readonly<Partial<Record<DataRole, string | null>>>;

/** The columns that a file must have to be added to a version, in the order of the task. */
export function mappedRoles(version: Pick<DatasetVersion, "mapping">, roles: readonly TaskRole[]): MappedRole[] {
  return roles.flatMap(({ role, is_optional }) => {
    const column = columnOf(version, role);
    return column === null ? [] : [{ role, column, isOptional: is_optional }];
  });
}

export function hasColumn(columns: readonly string[], column: string): boolean {
  return columns.some((name) => name.trim() === column.trim());
}

/** Columns that a file has not, by any name. */
export function missingColumns(wanted: readonly MappedRole[], columns: readonly string[], own: OwnColumns = {}): string[] {
  return wanted.filter(({ role, column }) => !hasColumn(columns, column) && (own[role] ?? null) === null).map(({ column }) => column);
}

/** Without case, spaces and signs. */
function plain(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** What files often call a column. The server knows more; this is a proposal that somebody looks at. */
const OFTEN: Readonly<Partial<Record<DataRole, RegExp>>> = {
  text: /text|sentence|review|comment|content|message|utterance|query|question|body|title|tweet|input|文本|评论|内容|正文|句子/u,
  label: /label|class|category|intent|sentiment|target|topic|tag|kind|type|标签|类别|分类|意图|情感/u,
  labels: /label|tag|category|topic|class|标签|类别|话题/u,
  score: /score|rating|similarity|value|grade|star|point|分数|评分|得分/u,
  question: /question|query|问题/u,
  context: /context|passage|paragraph|document|article|上下文|段落|文章/u,
  answers: /answer|span|答案|回答/u,
  messages: /message|conversation|dialog|chat|turn|对话|消息/u,
  source: /source|src|input|text|article|document|from|原文|源文/u,
  target: /target|tgt|translation|summary|output|reference|译文|目标|摘要/u,
  prompt: /prompt|instruction|question|query|input|提示|指令/u,
  chosen: /chosen|prefer|better|accept|win|优选/u,
  rejected: /reject|worse|lose|拒绝/u,
};

/** The file's columns that may be meant where it has not those of the dataset: by the same name written otherwise, by usual names, or the last one left. */
export function guessColumns(wanted: readonly MappedRole[], columns: readonly string[]): OwnColumns {
  const lacking = wanted.filter(({ column }) => !hasColumn(columns, column));
  const free = columns.filter((name) => !wanted.some(({ column }) => column.trim() === name.trim()));
  const found: Partial<Record<DataRole, string>> = {};
  const take = (fits: (want: MappedRole, name: string) => boolean) => {
    for (const want of lacking) {
      const name = found[want.role] === undefined ? free.find((one) => !Object.values(found).includes(one) && fits(want, one)) : undefined;
      if (name !== undefined) found[want.role] = name;
    }
  };
  take(({ column }, name) => plain(column) !== "" && plain(column) === plain(name));
  take(({ role }, name) => plain(role) === plain(name));
  take(({ role }, name) => OFTEN[role]?.test(name.toLowerCase()) === true);
  const [rest, ...others] = lacking.filter(({ role, isOptional }) => !isOptional && found[role] === undefined);
  const left = free.filter((name) => !Object.values(found).includes(name));
  if (rest !== undefined && others.length === 0 && left.length === 1) found[rest.role] = left[0] ?? "";
  return found;
}

/** What is sent: the columns that were chosen, and nothing where none was. */
export function chosenColumns(own: OwnColumns): Partial<Record<DataRole, string>> {
  return Object.fromEntries(Object.entries(own).filter(([, name]) => name !== null));
}
