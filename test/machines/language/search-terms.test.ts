// By what runs are found: the key, the labels and the searchable inputs of a definition. Method: definitions as they
// are checked, each with all that is said of it, and where.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';

const inputs =
  'customer: {type: string, pii: true}, order: {type: string}, pin: {type: string, secret: true}, lines: {type: array}';

function foundIn(keys: string, input = inputs): readonly string[] {
  const content = `workflow:
  id: sought
  version: 1
  ${keys}
  input: {properties: {${input}}, required: [order]}
  tasks:
    - {id: work, assigned_to: DESK, pii: true}
`;
  const result = loadDefinition({ file: 'sought.yaml', content });
  const found = result.ok ? result.warnings : result.problems;

  return found.map(({ code, line, column }) => `${line}:${column} ${code}`);
}

test('a key and labels may be made of inputs, and of the ids of the run and its definition', () => {
  const keys =
    'key: "${workflow.input.order}"\n  labels: {team: finance, region: "${workflow.id}-${workflow.run_id}"}';

  expect(foundIn(keys)).toEqual([]);
});

test.each([
  ['key: fixed', '4:8 definition.bad-combination'],
  ['key: "${workflow.input.customer}"', '4:8 definition.sealed-in-plain'],
  ['labels: {team: "${workflow.input.customer}"}', '4:18 definition.sealed-in-plain'],
  ['key: "${workflow.input.pin}"', '4:8 definition.secret-in-plain'],
  ['key: "${secrets.TOKEN}"', '4:8 definition.secret-in-plain'],
  ['key: "${string(workflow.input)}"', '4:8 definition.secret-in-plain'],
  ['key: "${work.output}"', '4:11 definition.not-yet-run'],
  ['variables: {v: 1}\n  key: "${workflow.variables.v}"', '5:8 definition.not-yet-run'],
  ['labels: {"a b": x}', '4:12 definition.bad-name'],
  [`labels: {a: ${'x'.repeat(201)}}`, '4:15 definition.out-of-range'],
  [
    `labels: {${Array.from({ length: 21 }, (_, at) => `l${at}: x`).join(', ')}}`,
    '4:11 definition.out-of-range',
  ],
])('of %s it is said: %s', (keys, problem) => {
  expect(foundIn(keys)).toContain(problem);
});

test.each(['domain', 'department', 'serves', 'workset'])(
  'the label %s is read of the definition, so that no expression is evaluated in it',
  (name) => {
    expect(foundIn(`labels: {${name}: "\${workflow.input.order}"}`)).toEqual([
      `4:${14 + name.length} definition.misplaced-expression`,
    ]);
  },
);

test.each([
  ['order: {type: string, pii: true, searchable: true}', 'definition.sealed-in-plain'],
  ['order: {type: string, secret: true, searchable: true}', 'definition.bad-combination'],
  ['order: {type: array, searchable: true}', 'definition.bad-combination'],
  ['order: {type: object, searchable: true}', 'definition.bad-combination'],
])('of the input %s it is said: %s', (input, code) => {
  expect(foundIn('description: x', input).map((found) => found.split(' ')[1])).toEqual([code]);
});

test('with `payloads: sealed` only an input with `pii: false` is searchable', () => {
  const some = 'order: {type: string, searchable: true}, plan: {type: string, pii: false, searchable: true}';

  expect(foundIn('payloads: sealed', some)).toEqual(['5:46 definition.sealed-in-plain']);
});

test('at most eight inputs are searchable', () => {
  const some = ['order', ...Array.from({ length: 8 }, (_, at) => `i${at}`)];
  const input = some.map((name) => `${name}: {type: string, searchable: true}`).join(', ');

  expect(foundIn('description: x', input)).toEqual([expect.stringContaining('definition.out-of-range')]);
});

test('a field of a form is not searchable', () => {
  const content =
    'workflow: {id: asked, version: 1, tasks: [{id: ask, type: HUMAN, form: {properties: {note: {type: string, searchable: true}}}}]}';
  const result = loadDefinition({ file: 'asked.yaml', content });

  expect(result.ok ? [] : result.problems.map(({ code }) => code)).toEqual(['definition.bad-combination']);
});

test('what was registered with labels that are too long or too many is loaded as before', () => {
  const content = `workflow: {id: old, version: 1, labels: {"a b": "${'x'.repeat(300)}"}, tasks: [{id: a, run: "true"}]}`;

  expect(loadDefinition({ file: 'old.yaml', content }).ok).toBe(false);
  expect(loadDefinition({ file: 'old.yaml', content, isAccepted: true }).ok).toBe(true);
});
