import type { ExecutionRow } from '../executions.ts';

/** Writes executions one after another, so that no more than one has to be in memory. */
export type RowWriter = {
  readonly head: string;
  /** `index` counts from 0. */
  readonly row: (row: ExecutionRow, index: number) => string;
  /** `count` is how many there were. */
  readonly tail: (count: number) => string;
};

/** Without what databases and spreadsheets cannot hold: NUL, and halves of characters. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\uFFFD');
}
