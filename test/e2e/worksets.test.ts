// Worksets are started, watched, paused and reported as one. Method: real runs on a real server by the real command
// line; one item fails, others depend on it; and the workset of the seeds as it is written there.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/program/program.ts';
import { createApp } from '../../src/compose/app.ts';
import { createDashboardEngine, type DashboardEngine } from '../browser/dashboard-engine.ts';
import { createTestIo } from '../cli/test-io.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { ownerHeaders } from './owner.ts';

let server: TestServer;
let project: string;
let engine: DashboardEngine;
let url: string;

const files: Readonly<Record<string, string>> = {
  'definitions/count.yaml': `
workflow:
  id: count
  version: 1
  input: { properties: { n: { type: number, default: 1 } } }
  output: { n: "\${workflow.input.n}" }
  tasks: [{ id: look, type: NOOP }]
`,
  'definitions/breaks.yaml': `
workflow:
  id: breaks
  version: 1
  tasks: [{ id: stop, type: TERMINATE, status: FAILED, error_code: stock.lost, reason: nothing there }]
`,
  'definitions/asks.yaml': `
workflow:
  id: asks
  version: 1
  tasks: [{ id: sign, type: HUMAN, approvers: { names: [ana] } }]
`,
  'definitions/quarter.workset.yaml': `
workset:
  id: quarter
  goal: Close the quarter
  owner: CMD.BRIDGE
  input: { properties: { n: { type: number } }, required: [n] }
  items:
    - { id: books, workflow: count, input: { n: "\${workflow.input.n}" } }
    - { id: stock, workflow: breaks, on_failure: continue }
    - { id: value, workflow: count, depends_on: [books, stock] }
    - { id: tax, workflow: count, depends_on: books, input: { n: "\${books.output.n + 1}" } }
`,
  'definitions/signed.workset.yaml': `
workset:
  id: signed
  goal: Both have signed
  items:
    - { id: first, workflow: asks }
    - { id: second, workflow: asks }
    - { id: after, workflow: count, depends_on: [first, second] }
`,
  'definitions/strict.workset.yaml': `
workset:
  id: strict
  goal: All or nothing
  items:
    - { id: waits, workflow: asks }
    - { id: stock, workflow: breaks }
`,
};

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-worksets-'));
  vi.stubEnv('NATS_URL', server.url);
  await mkdir(join(project, 'definitions'));
  for (const [path, text] of Object.entries(files)) await writeFile(join(project, path), text);
  engine = createDashboardEngine({ project, env: { NATS_URL: server.url }, args: [] });
  url = await engine.start();
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await engine.kill9();
  await server.stop();
  await rm(project, { recursive: true, force: true });
});

async function cli(...words: readonly string[]) {
  const io = createTestIo({ cwd: project });
  const exit = await runCli([...words], createApp(), io);

  return { exit, out: io.out(), err: io.err() };
}

async function report(...words: readonly string[]) {
  const { out, err } = await cli('workset', ...words, '--json');
  if (out === '') throw new Error(err);

  return JSON.parse(out);
}

/** The workset once its items are so. */
async function shownAs(name: string, wanted: Readonly<Record<string, string>>) {
  await expect
    .poll(async () => statuses(await report('show', name)), { timeout: 30_000 })
    .toMatchObject(wanted);

  return report('show', name);
}

const statuses = ({ items }: { readonly items: readonly { id: string; status: string }[] }) =>
  Object.fromEntries(items.map(({ id, status }) => [id, status]));

test('an item that fails ends those that depend on it, and the others go on: PARTIAL', async () => {
  expect((await report('list')).items[0]).toMatchObject({ id: 'quarter', status: 'NOT_STARTED' });
  const { exit } = await cli('workset', 'start', 'quarter', '--n', '7');
  const shown = await report('show', 'quarter');
  const { out } = await cli('show', shown.run, '--json');

  expect(exit).toBe(0);
  expect(statuses(shown)).toEqual({
    books: 'COMPLETED',
    stock: 'FAILED',
    value: 'SKIPPED',
    tax: 'COMPLETED',
  });
  expect(shown).toMatchObject({
    status: 'PARTIAL',
    owner: 'CMD.BRIDGE',
    progress: { items: 4, settled: 4, completed: 2, failed: 1, skipped: 1, percent: 100 },
  });
  expect(shown.items[1].error).toMatchObject({ code: 'stock.lost' });
  expect(JSON.parse(out).output).toEqual({
    items: { books: 'COMPLETED', stock: 'COMPLETED_WITH_ERRORS', value: 'SKIPPED', tax: 'COMPLETED' },
  });
  expect((await report('list')).items[0]).toMatchObject({ id: 'quarter', status: 'PARTIAL', run: shown.run });
});

test('where an item that must not fail fails, the others are stopped', async () => {
  const { exit } = await cli('workset', 'start', 'strict');
  const shown = await report('show', 'strict');

  expect(exit).toBe(1);
  expect(shown.status).toBe('FAILED');
  expect(statuses(shown)).toEqual({ waits: 'CANCELLED', stock: 'FAILED' });
});

test('a workset is paused and resumed with the runs of its items, and asks people as one', async () => {
  expect(await cli('workset', 'start', 'signed', '--detach')).toMatchObject({ exit: 0 });
  const asking = await shownAs('signed', {
    ...{ first: 'NEEDS_APPROVAL', second: 'NEEDS_APPROVAL', after: 'PENDING' },
  });
  expect(asking.approvals).toMatchObject([{ item: 'first', task: 'sign' }, { item: 'second' }]);
  const [first, second] = asking.approvals;
  await cli('approve', first.run, 'sign', '--as', 'ana', '--detach');
  await shownAs('signed', { first: 'COMPLETED' });

  expect(await cli('workset', 'pause', 'signed', '--reason', 'locked')).toMatchObject({ exit: 0 });
  const paused = await shownAs('signed', { first: 'COMPLETED', second: 'PAUSED' });
  expect(paused.status).toBe('PAUSED');
  expect(await cli('workset', 'pause', 'signed')).toMatchObject({ exit: 5 });

  expect(await cli('workset', 'resume', 'signed', '--detach')).toMatchObject({ exit: 0 });
  await shownAs(paused.run, { second: 'NEEDS_APPROVAL', after: 'PENDING' });
  await cli('approve', second.run, 'sign', '--as', 'ana', '--detach');
  const ended = await shownAs('signed', { after: 'COMPLETED' });
  expect(ended.progress).toMatchObject({ completed: 3, percent: 100 });
});

test('the workset of the seeds runs as it is written, and is reported in its own form', async () => {
  const seeds = new URL('../fixtures/seeds/', import.meta.url);
  const workset = await readFile(new URL('inventory-check.workset.yaml', seeds), 'utf8');
  await writeFile(join(project, 'definitions', 'inventory-check.workset.yaml'), workset);
  await writeFile(
    join(project, 'definitions', 'inventory-validation.yaml'),
    `workflow: {id: inventory-validation-v1, version: 1, input: {required: [target_folder]}, tasks: [{id: scan_files, type: NOOP}, {id: alert_cmd_bridge, type: HUMAN, depends_on: scan_files, approvers: {names: [ana]}}]}\n`,
  );
  await writeFile(join(project, 'given.json'), '{"input": {"target_folder": "0UT.3OX"}}');
  const id = 'ws-inventory-check-001';

  const started = await cli('workset', 'start', id, '--input', 'given.json', '--detach');
  expect(started).toMatchObject({ exit: 0 });
  await shownAs(id, { 'inventory-validation-v1': 'NEEDS_APPROVAL' });
  const { out } = await cli('workset', 'report', id);
  const { workset: kept } = load(out) as { workset: Record<string, unknown> };
  const seed = (load(workset) as { workset: Record<string, unknown> }).workset;

  expect(Object.keys(kept)).toEqual(Object.keys(seed));
  expect(kept).toMatchObject({
    ...{ id, goal: seed['goal'], owner: 'CMD.BRIDGE', status: 'in_progress' },
    created: expect.stringMatching(/^⧗-\d+\.\d+\.\d{4}$/),
    workflow: {
      ...{ definition: 'inventory-validation-v1', state: 'NEEDS_APPROVAL' },
      ...{ current_task: 'alert_cmd_bridge', progress: '50%' },
    },
    tasks: [{ id: 'scan_files', status: 'COMPLETED' }, { id: 'alert_cmd_bridge' }],
    failures: { count: 0, retries: [] },
    approvals: [{ task: 'alert_cmd_bridge', status: 'pending' }],
  });
});

test('every run is a workset: ws-, its id, and what its definition says', async () => {
  await cli('start', 'count');
  const { out } = await cli('workset', 'report', '@last');
  const { workset } = load(out) as { workset: Readonly<Record<string, string>> };

  expect(workset['id']).toBe(`ws-${workset['workflow_instance']}`);
});

test('what is no workset is not started as one, and one that never ran cannot be paused', async () => {
  expect(await cli('workset', 'show', 'nothing')).toMatchObject({ exit: 4 });
  expect(await cli('workset', 'pause', 'count')).toMatchObject({ exit: 5 });
});

test('the same over HTTP: list, start, show, pause, resume, report', async () => {
  const headers = { ...(await ownerHeaders(project)), 'content-type': 'application/json' };
  const ask = async (path: string, body?: object) => {
    const given = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${url}/api/v1/worksets${path}`, given);
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  const started = await ask('/signed/start', { input: {} });
  const { run } = started.body;

  expect(started).toMatchObject({ status: 201, body: { id: 'signed', isWorkset: true } });
  await shownAs(run, { first: 'NEEDS_APPROVAL', second: 'NEEDS_APPROVAL' });
  const paused = await ask(`/${run}/pause`, { reason: 'locked' });
  expect(paused).toMatchObject({ status: 200, body: { status: 'PAUSED' } });
  await shownAs(run, { first: 'PAUSED', second: 'PAUSED' });
  expect(await ask(`/${run}/resume`, {})).toMatchObject({ status: 200 });
  await shownAs(run, { first: 'NEEDS_APPROVAL' });
  expect((await ask('')).body.items.map(({ id }: { id: string }) => id)).toContain('signed');
  expect((await ask('/signed')).body).toMatchObject({ run, items: [{ id: 'first' }, {}, {}] });
  expect((await ask('/signed/report')).body).toMatchObject({ workset: { id: 'signed' } });
  expect(await ask('/count/start', {})).toMatchObject({
    status: 422,
    body: { code: 'definition.no-workset' },
  });
  expect(await ask('/nothing')).toMatchObject({ status: 404 });
});

test('the example of the page runs: PARTIAL without a stock, COMPLETED once an item was done again', async () => {
  const example = new URL('../../examples/worksets/definitions/', import.meta.url);
  for (const name of await readdir(example))
    await writeFile(join(project, 'definitions', name), await readFile(new URL(name, example)));
  expect(await cli('workset', 'start', 'month-end', '--month', '2026-01')).toMatchObject({ exit: 0 });
  const partial = await report('show', 'month-end');
  expect(statuses(partial)).toEqual({
    ...{ books: 'COMPLETED', stock: 'FAILED', value: 'SKIPPED', letter: 'COMPLETED' },
  });
  expect(partial.status).toBe('PARTIAL');

  await writeFile(join(project, 'stock.json'), '{"pieces": 3}');
  expect(await cli('rerun', partial.run, '--from', 'stock')).toMatchObject({ exit: 0 });
  expect(await report('show', 'month-end')).toMatchObject({ status: 'COMPLETED', run: partial.run });
});
