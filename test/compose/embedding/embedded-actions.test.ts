// What the checks know of the actions of a program, by their zod schemas. Method: definitions are loaded in a world
// with these actions, without a server.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { handlersOf, knownActions } from '../../../src/compose/embedding/embedded-actions.ts';

const run = () => null;
const actions = knownActions(
  handlersOf({
    reserve: {
      input: z.object({
        order: z.string(),
        pieces: z.int().min(1),
        kind: z.enum(['gift', 'plain']).default('plain'),
        lines: z.array(z.object({ article: z.string(), count: z.number().optional() })).optional(),
        note: z.union([z.string(), z.null()]).optional(),
      }),
      output: z.object({ left: z.number(), at: z.string(), hint: z.string().optional() }),
      run,
    },
    strict: {
      input: z.strictObject({ order: z.string() }),
      output: z.looseObject({ left: z.number() }),
      run,
    },
    either: { input: z.union([z.string(), z.array(z.number())]), run },
    anything: { run },
  }),
);

/** The codes and messages of what is found where a task uses an action. */
function found(task: string, after = ''): readonly string[] {
  const content = `workflow:
  id: w
  version: 1
  input: { required: [text, count, any, list], properties: { text: { type: string }, count: { type: integer }, list: { type: array } } }
  tasks:
    - { id: a, ${task} }
${after}`;
  const result = loadDefinition({ file: 'w', content, world: { actions } });

  return (result.ok ? result.misfits : result.problems).map(({ code, message }) => `${code} ${message}`);
}

test.each([
  ['uses: reserve, input: { order: A, pieces: 3 }'],
  ['uses: reserve, input: { order: A, pieces: 3, kind: gift, note: null, lines: [{ article: B }], more: 1 }'],
  ["uses: reserve, input: { order: '${workflow.input.text}', pieces: '${workflow.input.count}' }"],
  ["uses: reserve, input: { order: '${workflow.input.any}', pieces: '${workflow.input.any}' }"],
  [
    "uses: reserve, input: { order: 'A-${workflow.input.count}', pieces: 1, lines: '${workflow.input.list}' }",
  ],
  ["uses: reserve, input: '${workflow.input.any}'"],
  ['uses: either, input: text'],
  ['uses: either, input: [1, 2]'],
  ['uses: anything, input: { whatever: 1 }'],
  ['uses: anything'],
  ['uses: reserve, input: { order: A, pieces: 3 }, catch: [{ errors: [orders.sold-out], next: b }]'],
])('nothing is found in %s', (task) => {
  expect(found(task, task.includes('next: b') ? '    - { id: b, type: NOOP }' : '')).toEqual([]);
});

test.each([
  ['uses: reserved', 'definition.unknown-action there is no action "reserved"; did you mean "reserve"?'],
  ['uses: reserve, input: { order: A }', 'definition.missing-key reserve needs the input "pieces"'],
  ['uses: reserve, input: { order: A, pieces: three }', 'definition.bad-value reserve does not take "three"'],
  [
    'uses: reserve, input: { order: A, pieces: 1, kind: big }',
    'expected one of "gift", "plain"'.replace('expected ', ''),
  ],
  ['uses: reserve, input: { order: A, pieces: 1, lines: [{ count: 1 }] }', 'as "lines"'],
  ['uses: reserve, input: { order: A, pieces: 1, lines: [{ article: B, count: many }] }', 'as "lines"'],
  [
    "uses: reserve, input: { order: A, pieces: '${workflow.input.text}' }",
    'definition.wrong-type reserve does not take "${workflow.input.text}" as "pieces", which gives text: expected integer',
  ],
  ['uses: reserve, input: [1]', 'definition.wrong-type reserve takes a mapping, found a list'],
  ['uses: strict, input: { order: A, ordr: B }', 'definition.undeclared-input strict takes no input "ordr"'],
  ['uses: either, input: [many]', 'definition.wrong-type either does not take this'],
])('in %s it is found that %s', (task, message) => {
  expect(found(task)).toEqual([expect.stringContaining(message)]);
});

test('what an action gives is known as far as its schema says so', () => {
  const reading = (expression: string, uses = 'reserve, input: { order: A, pieces: 1 }') =>
    found(
      `uses: ${uses}`,
      `    - { id: b, type: TRANSFORM, depends_on: a, output: { x: '\${${expression}}' } }`,
    );

  expect(reading('a.output.left * 2.0')).toEqual([]);
  expect(reading('a.output.lft')).toEqual([expect.stringContaining('reserve gives no output "lft"')]);
  expect(reading('a.output.at * 2')).toEqual([expect.stringContaining('definition.type-mismatch')]);
  expect(reading('a.output.other', 'strict, input: { order: A }')).toEqual([]);
  expect(reading('a.output.other', 'anything')).toEqual([]);
});
