// What the broken definitions are written with. `@@` stands for the place that is broken.
export type Broken = {
  readonly name: string;
  /** What is found: a code of the checker, or of the deep check. */
  readonly code: string;
  readonly tasks: readonly string[];
  readonly head?: string;
  readonly broken: string;
  readonly mended: string;
};

export const agent = 'assigned_to: ANA, optional: true';
export const set = (name: string, value: string) =>
  `type: SET_VARIABLE, variables: {${name}: "\${${value}}"}`;
export const counted = (condition: string, value: string) =>
  `{id: again, type: DO_WHILE, optional: true, max_iterations: 9, loop_condition: "${condition}", tasks: [{id: count, ${set('n', value)}}]}`;

export const zero = 'variables: {n: 0}';
