/** Which of a refused change's problems belong to a row, a cell of it, or a row to add. */
import type { ChangeProblem, DatasetChange } from "@/lib/api-types.ts";

function problemsOf(change: DatasetChange | null): readonly ChangeProblem[] {
  return change?.state === "failed" ? change.problems : [];
}

export function rowProblems(change: DatasetChange | null, id: number): ChangeProblem[] {
  return problemsOf(change).filter((problem) => problem.row_id === id);
}

/** `number` counts the rows to add from 1. */
export function additionProblems(change: DatasetChange | null, number: number): ChangeProblem[] {
  return problemsOf(change).filter((problem) => problem.addition === number);
}

/** What is said of one cell. */
export function cellProblem(problems: readonly ChangeProblem[], role: string): string | null {
  return problems.find(({ column }) => column === role)?.message ?? null;
}

/** What is said of no cell that is shown. */
export function otherProblems(problems: readonly ChangeProblem[], roles: readonly string[]): ChangeProblem[] {
  return problems.filter(({ column }) => column === null || !roles.includes(column));
}
