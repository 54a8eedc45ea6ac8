/** Two definitions that differ in one small mistake. */
export type Pair = {
  readonly title: string;
  readonly head?: string;
  /** The tasks, with `@@` where the two differ. */
  readonly tasks: string;
  readonly broken: string;
  readonly good: string;
  /** What is read, and words of the message. */
  readonly reads: string;
  readonly says: string;
};

export const flag = 'input: {properties: {flag: {type: boolean}, n: {type: integer}}, required: [flag, n]}';
export const note = 'input: {properties: {note: {type: string}, n: {type: integer}}}';
export const use = (reads: string) =>
  `- {id: use, type: TRANSFORM, depends_on: a, output: {v: "\${${reads}}"}}`;
