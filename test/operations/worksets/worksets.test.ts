// What is asked of worksets over HTTP: who may, which run is meant, how deep a pause goes, what cannot be. Method: the
// routes over the real engine with a journal in memory.
import { expect, test } from 'vitest';
import type { WorksetReport } from '../../../src/api/worksets.ts';
import { openRoutes } from '../../http/routes-world.ts';

const files = {
  'definitions/asks.yaml':
    'workflow: {id: asks, version: 1, tasks: [{id: sign, type: HUMAN, approvers: {names: [ana]}}]}\n',
  'definitions/quick.yaml': 'workflow: {id: quick, version: 1, tasks: [{id: a, type: NOOP}]}\n',
  'definitions/inner.workset.yaml':
    'workset: {id: inner, goal: Inside, items: [{id: deep, workflow: asks}]}\n',
  'definitions/outer.workset.yaml': `workset:
  id: outer
  goal: All of it
  items:
    - {id: part, workflow: inner}
    - {id: one, workflow: asks}
    - {id: last, workflow: quick, depends_on: [part, one]}
`,
};

async function opened() {
  const world = await openRoutes(files);
  const show = async (name: string) => (await world.get(`/worksets/${name}`)).body as WorksetReport;
  const statuses = async (name: string) =>
    Object.fromEntries((await show(name)).items.map(({ id, status }) => [id, status]));
  const shownAs = (name: string, wanted: Readonly<Record<string, string>>) =>
    expect.poll(() => statuses(name), { timeout: 10_000 }).toMatchObject(wanted);

  return { ...world, show, shownAs };
}

test('a pause reaches the runs of items of worksets inside, and resuming all of them, too', async () => {
  const { post, show, shownAs } = await opened();
  expect(await post('/worksets/outer/start', {})).toMatchObject({ status: 201, body: { status: 'RUNNING' } });
  await shownAs('outer', { one: 'NEEDS_APPROVAL', last: 'PENDING' });
  await shownAs('inner', { deep: 'NEEDS_APPROVAL' });

  expect(await post('/worksets/outer/pause', {})).toMatchObject({ status: 200, body: { status: 'PAUSED' } });
  await shownAs('outer', { part: 'PAUSED', one: 'PAUSED' });
  await shownAs('inner', { deep: 'PAUSED' });
  expect(await post('/worksets/outer/pause', {})).toMatchObject({ body: { code: 'run.already-paused' } });

  expect(await post('/worksets/outer/resume', {})).toMatchObject({ status: 200 });
  await shownAs('inner', { deep: 'NEEDS_APPROVAL' });
  expect((await show('outer')).progress).toMatchObject({ items: 3, settled: 0, percent: 0 });
});

test('a pause that stopped between the workset and its items is ended by asking again', async () => {
  const { post, show, shownAs } = await opened();
  await post('/worksets/inner/start', {});
  await shownAs('inner', { deep: 'NEEDS_APPROVAL' });
  await post(`/runs/${(await show('inner')).run}/commands`, { kind: 'pauseRun' });

  expect(await post('/worksets/inner/pause', {})).toMatchObject({ body: { code: 'run.already-paused' } });
  await shownAs('inner', { deep: 'PAUSED' });
});

test('a name means the latest run of a workset, and an id that run', async () => {
  const { post, show } = await opened();
  const start = async () => ((await post('/worksets/inner/start', {})).body as WorksetReport).run ?? '';
  const first = await start();
  await expect.poll(async () => (await show('inner')).run).toBe(first);
  const second = await start();

  await expect.poll(async () => (await show('inner')).run).toBe(second);
  expect(await show(first)).toMatchObject({ id: 'inner', run: first, isWorkset: true });
});

test('every other run is shown as its tasks, and only worksets are listed', async () => {
  const { get, post, show } = await opened();
  const { run } = (await post('/runs', { definition: 'quick' })).body as { run: string };
  const { body } = await get('/worksets');

  expect(await show(run)).toMatchObject({ id: 'quick', isWorkset: false, items: [{ id: 'a' }] });
  expect((body as { items: { id: string }[] }).items.map(({ id }) => id)).toEqual(['inner', 'outer']);
});

test('what cannot be is refused by name', async () => {
  const { get, post } = await opened();

  expect(await get('/worksets/nothing')).toMatchObject({ status: 404, body: { code: 'run.not-found' } });
  expect(await post('/worksets/outer/pause', {})).toMatchObject({
    status: 404,
    body: { code: 'run.not-found', detail: 'the workset outer was never started' },
  });
  expect(await post('/worksets/quick/start', {})).toMatchObject({ body: { code: 'definition.no-workset' } });
  expect(await post('/worksets/nothing/start', {})).toMatchObject({ status: 404 });
  expect(await post('/worksets/outer/start', { input: { more: 1 } })).toMatchObject({ status: 422 });
});

test('who may not pause runs may not pause a workset, and nothing of it is', async () => {
  const { post, show, shownAs } = await opened();
  await post('/worksets/outer/start', {});
  await shownAs('outer', { one: 'NEEDS_APPROVAL' });

  expect((await post('/worksets/outer/pause', {}, 'eve:L3')).status).toBe(403);
  expect((await show('outer')).status).toBe('RUNNING');
});
