// A condition over several values that can hold is not told to be one that never does. Method: conditions that some
// values satisfy, over inputs, over what two tasks give, and over both; of none it is said that its task never runs.
import { expect, test } from 'vitest';
import { deepOf } from './deep-of.ts';

const head =
  'input: {properties: {a: {type: integer}, b: {type: integer}, c: {type: integer}, s: {type: string}, t: {type: string}}, required: [a, b, c, s, t]}';

const overInputs = [
  'a > b && b > 10',
  'a + b == 17',
  'a - b == 5',
  'a - b > 100',
  'a * 2 + b == 30',
  'a + b + c == 12',
  'a > b && b > c && c > 3',
  'a == b && b == 7',
  'a != b && a + b == 10',
  'a >= b && b >= a && a > 5',
  'a + b > 20 && a < 5',
  'a == b + 1 && b == c + 1',
  'a * 3 == b && b > 20',
  '2 * a - b == 9 && b > 2',
  'a + 5 < b && b < 10',
  'a + b == c && c == 40',
  's == t && a > 3',
  'a > 2 * b && b > 4',
];

const overOutputs = [
  'x > y && y > 10',
  'x + y == 17',
  'x - y > 40',
  'x == y && y > 3',
  'x + a == 50',
  'x > a && a > 20',
];

const withInputs = (text: string) => text.replaceAll(/\b([abcst])\b/g, 'workflow.input.$1');
const withOutputs = (text: string) =>
  withInputs(text).replaceAll(/\bx\b/g, 'one.output.n').replaceAll(/\by\b/g, 'two.output.n');

test.each(overInputs)('%s over inputs is not told never to hold', (condition) => {
  const { findings } = deepOf(`- {id: use, uses: z, when: "${withInputs(condition)}"}`, head);

  expect(findings.filter(({ code }) => code === 'deep.never-runs')).toEqual([]);
});

test.each(overOutputs)('%s over what tasks give is not told never to hold', (condition) => {
  const tasks = `
    - {id: one, uses: z}
    - {id: two, uses: z}
    - {id: use, uses: z, depends_on: [one, two], when: "${withOutputs(condition)}"}`;

  expect(deepOf(tasks, head).findings.filter(({ code }) => code === 'deep.never-runs')).toEqual([]);
});
