// A workset is read as a definition of sub-workflows. Method: worksets as people write them, the definition that each
// becomes, its text read again, and mistakes, told at their places in the workset.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { isWorkset } from '../../../machines/language/workset.ts';
import type { KnownWorld } from '../../../machines/language/world/world.ts';

const file = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

function loaded(content: string) {
  const result = loadDefinition({ file: 'a.workset.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return result.loaded;
}

function problemsOf(content: string, world?: KnownWorld): readonly string[] {
  const result = loadDefinition({ file: 'a.workset.yaml', content, world });
  const found = result.ok ? result.misfits : result.problems;

  return found.map(({ line, column, code, path }) => `${line}:${column} ${code} ${path}`);
}

const workset = (...items: readonly string[]) =>
  `workset:\n  id: ws\n  goal: All of it\n  items:\n${items.map((item) => `    - ${item}\n`).join('')}`;

test('items are sub-workflows, and what is stored is read again as the same definition', () => {
  const { definition, ref, text } = loaded(
    workset('{id: a, workflow: x}', '{id: b, workflow: y@2, depends_on: a, input: {n: "${a.output.n}"}}'),
  );

  expect(isWorkset(definition)).toBe(true);
  expect(definition).toMatchObject({ id: 'ws', version: 1, description: 'All of it' });
  expect(definition.tasks).toMatchObject([
    { id: 'a', type: 'SUB_WORKFLOW', workflow: 'x', optional: false },
    { id: 'b', workflow: 'y@2', dependsOn: ['a'], join: 'all', input: { n: '${a.output.n}' } },
  ]);
  expect(loaded(text)).toMatchObject({ ref, definition });
});

test('where an item may be missing, those that depend on it begin only if it completed', () => {
  const { definition } = loaded(
    workset(
      '{id: a, workflow: x, on_failure: continue}',
      '{id: b, workflow: x}',
      '{id: c, workflow: x, depends_on: [a, b], when: "${workflow.run_id != \\"\\"}"}',
    ),
  );

  expect(definition.tasks).toMatchObject([
    { optional: true },
    { optional: false },
    {
      join: 'all_done',
      when: 'tasks["a"].status == "COMPLETED" && tasks["b"].status == "COMPLETED" && (workflow.run_id != "")',
    },
  ]);
});

test('on_failure of the workset counts for items that do not say it', () => {
  const text = workset('{id: a, workflow: x}', '{id: b, workflow: x, on_failure: stop}');
  const { definition } = loaded(text.replace('  items:', '  on_failure: continue\n  items:'));

  expect(definition.tasks.map(({ optional }) => optional)).toEqual([true, false]);
});

test('a workset may be of a STRATOS level as any definition', () => {
  const text = workset('{id: a, workflow: x}').replace('  items:', '  stratos: strategic\n  items:');

  expect(loaded(text).definition.labels).toMatchObject({ stratos: 'strategic' });
});

test('runs of a workset stay as long as it says', () => {
  const text = workset('{id: a, workflow: x}');
  const { retention } = loaded(
    text.replace('  items:', '  retention: {keep: 30d, then: drop}\n  items:'),
  ).definition;

  expect(retention).toEqual({ keepMs: 30 * 86_400_000, after: 'drop' });
});

test('three hundred items are a workset, too', () => {
  const items = Array.from({ length: 300 }, (_, at) => `{id: i${at}, workflow: x, on_failure: continue}`);

  const all = `{id: all, workflow: x, depends_on: [${Array.from({ length: 30 }, (_, at) => `i${at}`).join(', ')}]}`;

  expect(loaded(workset(...items, all)).definition.tasks).toHaveLength(301);
});

test('the workset of the seeds is one as it stands, and what the station writes into it changes nothing', () => {
  const seed = file('test/fixtures/seeds/inventory-check.workset.yaml');
  const { definition, ref } = loaded(seed);

  expect(definition).toMatchObject({
    id: 'ws-inventory-check-001',
    labels: { owner: 'CMD.BRIDGE' },
    tasks: [{ id: 'inventory-validation-v1', workflow: 'inventory-validation-v1' }],
  });
  expect(loaded(seed.replace('60%', '80%').replaceAll('⧗-25.61', '⧗-25.62')).ref).toEqual(ref);
});

test('the page shows the example as it is', () => {
  expect(file('docs/worksets.md')).toContain(file('examples/worksets/definitions/month-end.workset.yaml'));
});

test.each<[string, string, string]>([
  [
    'an unknown key',
    workset('{id: a, workflow: x, workflo: y}'),
    '5:28 definition.unknown-key workset.items.a.workflo',
  ],
  [
    'an unknown key of the workset',
    `${workset('{id: a, workflow: x}')}  tasks_: []\n`,
    '6:3 definition.unknown-key workset.tasks_',
  ],
  ['a key beside it', `${workset('{id: a, workflow: x}')}more: 1\n`, '6:1 definition.unknown-key more'],
  [
    'an unknown item',
    workset('{id: a, workflow: x, depends_on: b}'),
    '5:40 definition.unknown-task workset.items.a.depends_on',
  ],
  [
    'a cycle',
    workset('{id: a, workflow: x, depends_on: b}', '{id: b, workflow: x, depends_on: a}'),
    '5:40 definition.cycle workset.items.a.depends_on',
  ],
  ['no workflow', workset('{id: a}'), '5:7 definition.missing-key workset.items.a'],
  [
    'two of one id',
    workset('{id: a, workflow: x}', '{id: a, workflow: x}'),
    '6:12 definition.duplicate-id workset.items.a.id',
  ],
  [
    'another policy',
    workset('{id: a, workflow: x, on_failure: retry}'),
    '5:40 definition.bad-value workset.items.a.on_failure',
  ],
  ['no items', 'workset: {id: ws, goal: x}\n', '1:1 definition.missing-key workset'],
  [
    'items and a workflow',
    'workset: {id: ws, workflow: {definition: x}, items: []}\n',
    '1:29 definition.bad-combination workset.workflow',
  ],
  [
    'a workflow that is a text',
    'workset: {id: ws, workflow: x, items: [{id: a, workflow: x}]}\n',
    '1:29 definition.wrong-type workset.workflow',
  ],
  [
    'a bad id',
    workset('{id: a, workflow: x}').replace('id: ws', 'id: W S'),
    '2:7 definition.bad-id workset.id',
  ],
])('%s is told at its place', (_, content, problem) => {
  expect(problemsOf(content).slice(0, 1)).toEqual([problem]);
});

test('what its definitions ask for is known where they are', () => {
  const world = { definitions: [] };

  expect(problemsOf(workset('{id: a, workflow: nowhere}'), world)).toEqual([
    '5:25 definition.unknown-workflow workset.items.a.workflow',
  ]);
});
