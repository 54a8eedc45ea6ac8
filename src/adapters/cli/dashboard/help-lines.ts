import type { Look } from './look.ts';

const keys: readonly (readonly [string, string])[] = [
  ['up, down', 'mark another run; scroll the details and the log'],
  ['PgUp, PgDn, Home, End', 'the same, further'],
  ['Enter, D', 'the details of the marked run; again goes back'],
  ['L', 'what the marked run did; again goes back'],
  ['Tab', 'from the details to the log and back'],
  ['R', 'resume the run when it is paused, else read anew'],
  ['P', 'pause the run: nothing new begins'],
  ['K', 'end the run: asks how, and for the end of its id'],
  ['/', 'only runs that have a text in their line'],
  ['o', 'the address of the run for a browser'],
  ['Esc', 'go back; show all runs'],
  ['Q, Ctrl-C', 'leave; the runs go on'],
];

/** All keys and what they do. */
export function helpLines({ paint }: Look): readonly string[] {
  return [
    '',
    paint.bold(' Keys'),
    '',
    ...keys.map(([key, what]) => `   ${paint.bold(key.padEnd(22))} ${what}`),
    '',
    paint.dim(' Statuses are told by a sign and a word: the same as in `workflow status`.'),
  ];
}
