// The home page over HTTP. Method: the real engine over a journal in memory, with runs that wait, fail and complete.
import { expect, test } from 'vitest';
import type { Home } from '../../../src/api/home.ts';
import { openRoutes } from '../../http/routes-world.ts';

const definition = (id: string, tasks: string) =>
  `workflow:\n  id: ${id}\n  version: 1\n  tasks:\n    - ${tasks}\n`;
const files = {
  'definitions/asks.yaml': definition(
    'asks',
    '{id: ok, type: HUMAN, wait_for_approval: true, approvers: {level: L3}}',
  ),
  'definitions/fails.yaml': definition('fails', '{id: end, type: TERMINATE, status: FAILED, reason: no}'),
  'definitions/scans.yaml': definition('scans', '{id: look, assigned_to: SCANNER}'),
  'definitions/ends.yaml': definition('ends', '{id: only, type: NOOP}'),
};

test('tells what needs somebody, what fails and what runs', async () => {
  const { get, post } = await openRoutes(files);
  const home = async (): Promise<Home> => (await get('/home')).body;
  expect(await home()).toMatchObject({ position: 0, running: { count: 0, latest: [] }, failing: [] });
  for (const name of ['asks', 'fails', 'ends']) await post('/runs', { definition: name });

  await expect.poll(home).toMatchObject({
    needsYou: { approvals: 1, lateApprovals: 0, pausedRuns: 0, quarantined: 0 },
    failing: [{ definition: 'fails', failed: 1, of: 1, key: expect.stringMatching(/^[0-9a-f]{16}$/) }],
    running: {
      count: 1,
      byDefinition: { asks: 1 },
      latest: [{ definition: { id: 'asks' }, shown: 'NEEDS_APPROVAL' }],
    },
    queues: [],
    nextFires: [],
  });
  const { eventRate, position } = await home();
  expect(eventRate).toHaveLength(60);
  expect(eventRate.reduce((sum, count) => sum + count, 0)).toBe(position);
  await expect
    .poll(async () => (await home()).needsYou.oldestApprovalSince, { timeout: 5_000 })
    .toBeDefined();
});

test('names the group of a failure in the first answer already', async () => {
  const { get, post, workflows } = await openRoutes(files);
  await post('/runs', { definition: 'fails' });
  await expect.poll(async () => (await workflows.list())[0]?.head.status).toBe('FAILED');
  await expect
    .poll(async () => ((await get('/runs')).body as { items: { status: string }[] }).items[0]?.status)
    .toBe('FAILED');

  const { failing } = (await get('/home')).body as Home;
  expect(failing).toMatchObject([{ definition: 'fails', key: expect.stringMatching(/^[0-9a-f]{16}$/) }]);
});

test('counts again what could not be counted once', async () => {
  let isBroken = true;
  const { get } = await openRoutes(files, undefined, ({ board }) => ({
    board: {
      ...board,
      counts: (filter) =>
        isBroken ? Promise.reject(new Error('the index is broken')) : board.counts(filter),
    },
  }));
  expect((await get('/home')).status).toBe(500);
  isBroken = false;

  expect((await get('/home')).status).toBe(200);
});

test('tells what waits for agents whose workers are not there, and how many runs that holds up', async () => {
  const { get, post, app } = await openRoutes(files);
  app.staff.depths.set('SCANNER', { waiting: 2, taken: 0 });
  app.staff.depths.set('CALM', { waiting: 0, taken: 0 });
  for (let count = 0; count < 2; count++) await post('/runs', { definition: 'scans' });

  await expect
    .poll(async () => ((await get('/home')).body as Home).queues, { timeout: 5_000 })
    .toEqual([{ agent: 'SCANNER', waiting: 2, taken: 0, workers: 0, blockedRuns: 2 }]);
});

test('tells what `workflow doctor` found', async () => {
  const lines = [{ name: 'nats', status: 'warn' as const, detail: 'slow', advice: [{ what: 'wait' }] }];
  const { get } = await openRoutes({}, undefined, { doctor: () => Promise.resolve(lines) });
  expect(await get('/doctor')).toEqual({ status: 200, body: { lines } });
});
