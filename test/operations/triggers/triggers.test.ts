// What starts runs by itself, over HTTP. Method: the real desk on stores in memory; nobody looks after
// triggers, so that nothing changes by itself.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { openRoutes } from '../../http/routes-world.ts';

const reports = `workflow:
  id: reports
  version: 3
  triggers:
    - { cron: '0 9 * * *', id: daily, timezone: Europe/Zurich }
    - { on: order.paid, when: event.data.total > 10 }
    - { file: 1N.3OX/*.csv, id: drop }
  tasks: [{ id: done, type: NOOP }]
`;

async function open() {
  const world = await openRoutes({});
  const read = loadDefinition({ file: 'a.yaml', content: reports });
  if (!read.ok) throw new Error(read.problems[0]?.message);
  await world.app.definitions.register({ ...read.loaded, file: 'a.yaml' });
  await expect.poll(async () => (await world.triggers.triggers()).length).toBe(3);

  return world;
}

test('tells what each trigger starts on, who has paused it and when a schedule is due', async () => {
  const { get, post } = await open();
  expect(await post('/triggers/reports/drop/pause', { reason: 'counting' })).toMatchObject({ status: 200 });
  const { body } = await get('/triggers');
  expect(body).toMatchObject({
    items: [
      { trigger: 'daily', type: 'cron', on: '0 9 * * * Europe/Zurich', rule: { overlap: 'skip' } },
      { trigger: 'order.paid', type: 'event', on: 'order.paid when event.data.total > 10', next: [] },
      { trigger: 'drop', type: 'file', on: '1N.3OX/*.csv', paused: { by: 'ana', reason: 'counting' } },
    ],
  });
  expect((body as { items: { next: string[] }[] }).items[0]?.next).toHaveLength(3);

  expect(await post('/triggers/reports/drop/resume', {})).toMatchObject({ status: 200 });
  expect(await post('/triggers/reports/drop/resume', {})).toMatchObject({
    status: 409,
    body: { code: 'trigger.not-paused' },
  });
  expect(await post('/triggers/reports/weekly/pause', {})).toMatchObject({
    status: 404,
    body: { code: 'trigger.unknown' },
  });
  expect(await post('/triggers/reports/drop/pause', {}, 'ana:L2')).toMatchObject({ status: 403 });
});

test('a schedule is started now, and for times that have passed', async () => {
  const { get, post } = await open();
  expect(await post('/triggers/reports/daily/run', {})).toMatchObject({
    status: 200,
    body: { run: expect.stringMatching(/^t[0-9a-f]{25}$/) },
  });
  const span = { from: '2026-01-01', to: '2026-01-03T12:00:00Z' };
  expect(await post('/triggers/reports/daily/backfill', span)).toMatchObject({
    body: { ticks: ['2026-01-01T08:00:00.000Z', '2026-01-02T08:00:00.000Z', '2026-01-03T08:00:00.000Z'] },
  });
  expect((await get('/triggers')).body).toMatchObject({
    items: [{ schedule: { waiting: { length: 4 } } }, {}, {}],
  });
  expect(await post('/triggers/reports/daily/backfill', { from: 'soon' })).toMatchObject({
    status: 400,
    body: { code: 'usage.time' },
  });
  expect(await post('/triggers/reports/daily/run', {}, 'ana:L3')).toMatchObject({ status: 403 });
});

test('a backfill is tried before: which times it has, and which of them have their run', async () => {
  const { get, post } = await open();
  const backfill = (body: object, as = 'ana') => post('/triggers/reports/daily/backfill', body, as);
  const days = ['2026-01-01T08:00:00.000Z', '2026-01-02T08:00:00.000Z', '2026-01-03T08:00:00.000Z'];
  const one = { from: '2026-01-02', to: '2026-01-02T12:00:00Z' };
  expect(await backfill(one)).toMatchObject({ body: { dryRun: false, ticks: days.slice(1, 2) } });
  const span = { from: '2026-01-01', to: '2026-01-03T12:00:00Z', dryRun: true };
  expect(await backfill(span)).toEqual({
    status: 200,
    body: { dryRun: true, ticks: days, there: days.slice(1, 2) },
  });
  expect((await get('/triggers')).body).toMatchObject({
    items: [{ schedule: { waiting: { length: 1 } } }, {}, {}],
  });
  expect(await backfill({ from: '2099-01-01', dryRun: true })).toMatchObject({
    status: 422,
    body: { code: 'schedule.no-times' },
  });
  expect(await backfill(span, 'ana:L2')).toMatchObject({ status: 403 });
});
