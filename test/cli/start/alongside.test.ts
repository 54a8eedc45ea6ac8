// A run starts other runs: their definitions are registered with its own. Method: files in a project, and what is
// registered after a start.
import { expect, test } from 'vitest';
import { definitionText } from '../../support/definition-text.ts';
import { createProject } from '../project.ts';

const parent = named(
  'parent',
  `
  - { id: one, type: SUB_WORKFLOW, workflow: child }
  - { id: many, type: FORK, for_each: '\${[1, 2]}', as: n, workflow: item }
  `,
  'failure_workflow: { id: answer }',
);
const child = named(
  'child',
  '- { id: deep, type: DO_WHILE, max_iterations: 1, items: "${[1]}", tasks: [{ id: inner, type: SUB_WORKFLOW, workflow: grandchild }] }',
);
const grandchild = named('grandchild', '- { id: only, type: NOOP }');
const item = named('item', '- { id: only, type: NOOP }', 'input: { required: [n] }');
const answer = named(
  'answer',
  '- { id: only, type: NOOP }',
  'input: { optional: [{ error: null }, { original_run_id: null }, { failed_task: null }] }',
);
const files = {
  'definitions/parent.yaml': parent,
  'definitions/child.yaml': child,
  'definitions/grandchild.yaml': grandchild,
  'definitions/item.yaml': item,
  'definitions/answer.yaml': answer,
};

test('everything that a definition refers to, however far, is registered and carried out', async () => {
  const { cli } = await createProject(files);
  const ran = await cli('start parent');
  expect(ran).toMatchObject({ exit: 0, err: expect.not.stringContaining('warning') });
  const known = (await cli('definitions')).out.match(/^\w+(?= +\d+ +registered)/gm);
  expect(known).toEqual(['answer', 'child', 'grandchild', 'item', 'parent']);
  const { out } = await cli('list');
  expect(out.match(/item v1/g)).toHaveLength(2);
  const [run] = /\w{13}(?= .*grandchild v1)/.exec(out) ?? [];
  expect((await cli(`show ${run}`)).out).toMatch(/parent +deep\[0\]\.inner of run/);
});

test('what a failure workflow that is written out inside refers to is registered, too', async () => {
  const failing =
    'failure_workflow: { id: sorry, steps: [{ id: tell, type: SUB_WORKFLOW, workflow: grandchild }] }';
  const main = named('main', '- { id: only, type: NOOP }', failing);
  const { cli } = await createProject({
    'definitions/main.yaml': main,
    'definitions/grandchild.yaml': grandchild,
  });
  expect((await cli('start main')).exit).toBe(0);
  expect((await cli('definitions')).out).toMatch(/grandchild +1 +registered/);
});

test('what is found nowhere is warned of, and fails when it is needed', async () => {
  const { 'definitions/grandchild.yaml': _gone, ...rest } = files;
  const { cli } = await createProject(rest);
  const { exit, err } = await cli('start parent');
  expect(exit).toBe(1);
  expect(err).toContain(
    'warning: it refers to "grandchild", which is neither in definitions/ nor registered',
  );
});

test('one that is invalid is told before anything is started', async () => {
  const { cli } = await createProject({ ...files, 'definitions/item.yaml': item.replace('NOOP', 'NOP') });
  expect(await cli('start parent')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('definitions/item.yaml is no valid definition'),
  });
  expect((await cli('list')).out).toBe('');
});

test('a definition that refers to itself is registered once', async () => {
  const loop = named('loop', '- { id: again, type: SUB_WORKFLOW, workflow: loop, when: "false" }');
  const { cli } = await createProject({ 'definitions/loop.yaml': loop });
  expect(await cli('start loop')).toMatchObject({ exit: 0, err: expect.not.stringContaining('refers to') });
});

function named(id: string, tasks: string, rest = ''): string {
  return definitionText(`\n  ${tasks.trim()}\n`, rest).replace('id: under-test', `id: ${id}`);
}
