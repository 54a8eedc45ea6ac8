// Changed definitions, held against the runs that there were: what they would have done, what is registered, and which
// runs go on by the new version. Method: the real engine over the journal in memory; runs are started by the command.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createProject, type Project } from './project.ts';

const tasks = `
    - {id: ask, type: HUMAN, wait_for_approval: true}
    - {id: route, type: DECISION, depends_on: ask, decision_param: "workflow.input.amount > LIMIT", decision_cases: {"true": {next: large}, "false": {next: small}}}
    - {id: large, type: NOOP}
    - {id: small, type: NOOP}`;
const note = '\n    - {id: note, type: NOOP, depends_on: [large, small], join: any}';
const orders = (version: number, limit: number, more = '') => `# version ${version}
workflow:
  id: orders
  version: ${version}
  input: {properties: {amount: {type: number, default: 10}}}
  tasks:${tasks.replace('LIMIT', String(limit))}${more}
`;

test('one run is held against a changed definition', async () => {
  const { cli, change } = await done();
  await change(orders(2, 500));
  expect(await cli('replay @last --against new.yaml')).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/COMPLETED +orders v1 +same +\d events/),
  });
  await change(orders(2, 5));
  const { exit, out, err } = await cli('replay @last --against new.yaml');
  expect(exit).toBe(7);
  expect(out).toContain(
    'diverges at event 3  decision route took true instead of false; it would end COMPLETED',
  );
  expect(err).toContain('1 run by orders v2: 0 the same, 1 diverges');
});

test('all runs of a definition, or those that fit, are held against it', async () => {
  const { cli, change } = await done();
  await cli('start definitions/other.yaml');
  await cli('start orders --amount 1000');
  await change(orders(2, 5));
  const all = JSON.parse((await cli('replay --all --against new.yaml --json')).out);
  expect(all).toMatchObject({ kind: 'WhatIfReport', total: 2, same: 1, diverging: 1 });
  const some = JSON.parse((await cli('replay --where status=COMPLETED --against new.yaml --json')).out);
  expect(some).toMatchObject({ total: 1, diverging: 1, items: [{ whatIf: { kind: 'diverges', at: 3 } }] });
});

test('the ways through a definition are held against another one, without any run', async () => {
  const { cli, change } = await done();
  await change(orders(2, 1000));
  const against = 'replay --scenarios-of definitions/orders.yaml --against new.yaml';
  const { exit, out, err } = await cli(against);
  expect(exit).toBe(7);
  expect(out).toMatch(/^SCENARIO .*\n.*route takes true.* diverges at event 3 +decision route took false/);
  expect(
    out
      .trim()
      .split('\n')
      .filter((line) => line.includes(' same ')),
  ).toEqual([]);
  expect(err).toMatch(/\d+ scenarios by orders v2: \d+ the same, \d+ diverges?/);
  const document = JSON.parse((await cli(`${against} --json`)).out);
  expect(document).toMatchObject({ kind: 'ScenarioWhatIfReport', definition: { id: 'orders', version: 2 } });
  expect(document.items.map(({ scenario }: { scenario: string }) => scenario)).toHaveLength(document.total);

  await change(orders(2, 100).replace('id: large,', 'id: large, name: Large,'));
  const same = await cli(against);
  expect(same).toMatchObject({ exit: 0, out: '' });
  expect(await cli('replay --scenarios-of definitions/orders.yaml')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('usage.flags'),
  });
});

test('an expression that is only laid out otherwise is no difference where it fails, either', async () => {
  const scored = (expression: string) => `workflow:
  id: scored
  version: 1
  tasks:
    - {id: ask, uses: noop}
    - {id: route, type: DECISION, depends_on: ask, decision_param: "${expression}", decision_cases: {"true": {next: good}}}
    - {id: good, type: NOOP}
`;
  const { cli } = await createProject({
    'a.yaml': scored('ask.output.score > 0.5'),
    'b.yaml': scored('ask.output.score  >  0.5'),
  });
  const { exit, out } = await cli('replay --scenarios-of a.yaml --against b.yaml --json');
  const { items } = JSON.parse(out);
  expect(exit).toBe(0);
  expect(items).toContainEqual(
    expect.objectContaining({ status: 'FAILED', whatIf: { kind: 'same', events: 3 } }),
  );
});

test('what the scenarios leave out is told beside what they come to', async () => {
  const names = Array.from({ length: 14 }, (_, index) => `a${index}`);
  const many = `workflow:
  id: many
  version: 1
  input: {properties: {${names.map((name) => `${name}: {type: number, default: 1}`).join(', ')}}}
  tasks:
${names.map((name) => `    - {id: t${name}, type: DECISION, decision_param: "workflow.input.${name} > 14", decision_cases: {"true": {next: end${name}}}}\n    - {id: end${name}, type: NOOP}\n`).join('')}`;
  const { cli } = await createProject({ 'a.yaml': many });
  const against = 'replay --scenarios-of a.yaml --against a.yaml';
  expect((await cli(against)).err).toMatch(/^not looked at: the input: \d+ values, \d+ of them tried$/m);
  const { leftOut } = JSON.parse((await cli(`${against} --json`)).out);
  expect(leftOut[0]).toMatch(/^the input: \d+ values/);
});

test('a replay up to an event shows the run as it was then', async () => {
  const { cli } = await done();
  const { exit, out } = await cli('replay @last --until 1');
  expect(exit).toBe(0);
  expect(out).toMatch(/1 events {2}exact/);
  expect(out).toContain('RUNNING after event 1');
  expect(out).toMatch(/ask +needs approval/);
  const clock = { ...systemClock, now: () => Date.now() + 3 * 86_400_000 };
  expect((await cli('replay @last --until 1', { clock })).out).toBe(out);
  expect(JSON.parse((await cli('replay @last --until 1 --json')).out).items[0]).toMatchObject({
    events: 1,
    state: { status: 'RUNNING', sequence: 1 },
  });
  expect(await cli('replay @last --until 99')).toMatchObject({ exit: 4 });
});

test.each([
  ['a run and all runs', 'replay @last --all'],
  ['all runs up to an event', 'replay --all --until 3'],
  ['an event and another definition', 'replay @last --until 3 --against new.yaml'],
  ['an event that is none', 'replay @last --until x'],
])('refuses %s', async (_what, line) => {
  const { cli } = await done();
  expect(await cli(line)).toMatchObject({ exit: 2, out: '' });
});

test('a version is registered where the latest runs would have gone the same way', async () => {
  const { cli, change } = await done();
  await change(orders(2, 500, note));
  const { exit, out } = await cli('definitions publish new.yaml');
  expect(exit).toBe(7);
  expect(out).toContain('also begins note');
  expect(out).toContain('orders v2 was not registered');
  expect((await cli('definitions show orders@2')).exit).toBe(4);

  await change(orders(2, 500));
  expect(await cli('definitions publish new.yaml --dry-run')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('would be registered; nothing was changed'),
  });
  expect((await cli('definitions show orders@2')).exit).toBe(4);
  expect(await cli('definitions publish new.yaml --reason cheaper --as ana')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('orders v2 registered'),
  });
  expect(JSON.parse((await cli('definitions show orders --json')).out)).toMatchObject({
    version: 2,
    text: orders(2, 500),
    history: [{ version: 2, published: { by: 'ana', reason: 'cheaper' } }, { version: 1 }],
  });
  expect((await cli('definitions show orders@2')).out).toBe(orders(2, 500));
  expect(await cli('definitions publish new.yaml')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('registered already'),
  });
});

test('differences can be accepted, and the content of a version never changes', async () => {
  const { cli, change } = await done();
  await change(orders(2, 5));
  expect(await cli('definitions publish new.yaml --accept-differences')).toMatchObject({
    exit: 0,
    out: expect.stringContaining('diverges at event 3'),
  });
  await change(orders(2, 6));
  expect(await cli('definitions publish new.yaml')).toMatchObject({
    exit: 5,
    err: expect.stringContaining('[definition.taken]'),
  });
});

test('a version that asks other people is not registered while somebody is asked', async () => {
  const { cli, change } = await waiting();
  await change(orders(2, 100).replace('approval: true', 'approval: true, approvers: {names: [bob]}'));
  expect(await cli('definitions publish new.yaml')).toMatchObject({
    exit: 7,
    out: expect.stringContaining('ask asks bob instead of anybody'),
  });
});

test('as many runs are compared as are asked for', async () => {
  const { cli, change } = await done();
  await change(orders(2, 5));
  expect(await cli('definitions publish new.yaml --runs 0')).toMatchObject({
    exit: 0,
    out: '✓ orders v2 registered\n',
  });
  expect((await cli('definitions publish new.yaml --runs some')).exit).toBe(2);
});

test('versions stand side by side, and a run stays on its own', async () => {
  const { cli, change } = await waiting();
  await change(orders(2, 5));
  await cli('definitions publish new.yaml --accept-differences');
  expect((await cli('definitions')).out).toMatch(/orders +1 +registered[^\n]*\norders +2 +registered/);
  expect((await cli('approve @last ask')).exit).toBe(0);
  const { definition, tasks: ended } = JSON.parse((await cli('show @last --json')).out);
  expect(definition).toMatchObject({ version: 1 });
  expect(ended.find(({ id }: { id: string }) => id === 'small')).toMatchObject({ status: 'COMPLETED' });
});

test('a run under way goes on by the new version, and its journal replays exactly', async () => {
  const { cli, change } = await waiting();
  await change(orders(2, 5, note));
  const published = await cli('definitions publish new.yaml --migrate');
  expect(published).toMatchObject({ exit: 0, out: expect.stringContaining('migrated (event 2)') });
  expect((await cli('list')).out).toContain('orders v2');
  expect((await cli('approve @last ask')).exit).toBe(0);
  const { definition, tasks: ended } = JSON.parse((await cli('show @last --json')).out);
  expect(definition).toMatchObject({ version: 2 });
  expect(ended.find(({ id }: { id: string }) => id === 'large')).toMatchObject({ status: 'COMPLETED' });
  expect(ended.find(({ id }: { id: string }) => id === 'note')).toMatchObject({ status: 'COMPLETED' });
  expect(await cli('replay @last')).toMatchObject({ exit: 0, out: expect.stringContaining('exact') });
  expect((await cli('history @last')).out).toContain('run.migrated');
  expect((await cli('replay @last --until 1 --json')).out).toContain('"version": 1');
});

test('a run that is not where it would be stays, and it is said why', async () => {
  const { cli, change } = await waiting();
  await change(orders(2, 500, '\n    - {id: first, type: NOOP}'));
  const { exit, out } = await cli('definitions publish new.yaml --migrate --accept-differences');
  expect(exit).toBe(0);
  expect(out).toMatch(/it stays: event 1: also begins first/);
  expect(JSON.parse((await cli('show @last --json')).out).definition).toMatchObject({ version: 1 });
});

test('the lines that two versions differ in', async () => {
  const { cli, change } = await done();
  await change(orders(2, 500));
  await cli('definitions publish new.yaml');
  const { out } = await cli('definitions diff orders@1 orders@2');
  expect(out).toContain('- # version 1\n+ # version 2\n');
  expect(out).toContain('-   version: 1\n+   version: 2\n');
  expect(await cli('definitions diff orders@2 new.yaml')).toMatchObject({
    exit: 0,
    out: '',
    err: expect.stringContaining('both say the same'),
  });
});

type Changing = Project & { readonly change: (text: string) => Promise<void> };

/** A run of the first version that waits for its approval. */
async function waiting(): Promise<Changing> {
  const other = 'workflow: {id: other, version: 1, tasks: [{id: a, type: NOOP}]}';
  const project = await createProject({
    'definitions/orders.yaml': orders(1, 100),
    'definitions/other.yaml': other,
  });
  await project.cli('start orders');

  return { ...project, change: (text) => writeFile(join(project.dir, 'new.yaml'), text) };
}

/** The same, approved. */
async function done(): Promise<Changing> {
  const project = await waiting();
  await project.cli('approve @last ask');

  return project;
}
