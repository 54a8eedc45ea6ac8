// Where people look after triggers. Method: the real desk on stores in memory, asked before any engine has looked at
// the triggers, and while others change the same marks.
import { expect, test } from 'vitest';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import { newSchedule, waitingMax } from '../../../machines/triggers/plan-schedule.ts';
import { triggeredRun } from '../../../machines/triggers/triggered-run.ts';
import { triggersLease } from '../../../src/engine/cluster/lease-board.ts';
import { createScheduleMarks, scheduleKey } from '../../../src/engine/triggers/schedule-marks.ts';
import { settled } from '../node-world.ts';
import { createScheduleWorld, definitionText } from './schedule-world.ts';

const minutely = { trigger: 'minutely' };
const paid: CloudEvent = {
  specversion: '1.0',
  id: 'e1',
  source: '/shop',
  type: 'order.paid',
  time: '2026-01-01T00:00:00.000Z',
};

async function registered() {
  const world = await createScheduleWorld({ engine: false });
  await world.register(definitionText('overlap: allow'));

  return world;
}

test('a schedule that nobody has looked at has no state, and can be asked for a run', async () => {
  const world = await registered();
  const desk = world.desk();
  const [view] = await desk.schedules(2);
  expect(view).toMatchObject({
    definition: { id: 'reports', version: 1 },
    id: 'minutely',
    next: ['2026-01-01T00:01:00.000Z', '2026-01-01T00:02:00.000Z'],
  });
  expect(view?.state).toBeUndefined();
  const asked = await desk.runNow(minutely, { by: 'ana' });
  expect(asked).toEqual({ run: expect.stringMatching(/^t[0-9a-f]{25}$/) });
  expect((await desk.schedules(0))[0]?.state?.waiting).toMatchObject([{ why: 'now', by: 'ana' }]);
});

test('of two who pause a trigger at the same time one is told that it is paused', async () => {
  const desk = (await registered()).desk();
  const answers = await Promise.all(['ana', 'bo'].map((by) => desk.pause(minutely, { by })));
  expect(answers.filter((answer) => answer?.code === 'trigger.already-paused')).toHaveLength(1);
  expect(await desk.resume(minutely, { by: 'ana' })).toBeUndefined();
  expect(await desk.resume(minutely, { by: 'ana' })).toMatchObject({ code: 'trigger.not-paused' });
  expect((await desk.triggers())[0]?.paused).toBeUndefined();
});

test('ten who ask for a run at the same time get ten runs', async () => {
  const desk = (await registered()).desk();
  const asked = await Promise.all(
    Array.from({ length: 10 }, (_, index) => desk.runNow(minutely, { by: `p${index}` })),
  );
  expect(new Set(asked.map((answer) => 'run' in answer && answer.run)).size).toBe(10);
  expect((await desk.schedules(0))[0]?.state?.waiting).toHaveLength(10);
});

test('no more waits for a schedule than there is room for, and whoever asks is told', async () => {
  const desk = (await registered()).desk();
  const range = { by: 'ana', fromMs: Date.parse('2025-12-31T08:00Z'), toMs: Date.parse('2025-12-31T23:59Z') };
  expect(await desk.backfill(minutely, range)).toMatchObject({ ticks: { length: 960 } });
  const more = { ...range, fromMs: range.fromMs - 3_600_000, toMs: range.fromMs - 60_000 };
  expect(await desk.tryBackfill(minutely, more)).toMatchObject({ code: 'schedule.full' });
  expect(await desk.backfill(minutely, more)).toMatchObject({ code: 'schedule.full' });
});

test('a backfill has no run started again for a time whose run is not in the journal any more', async () => {
  const gone = triggeredRun('reports', 'minutely', '2025-12-31T08:01:00.000Z');
  const desk = (await registered()).desk([], {}, async (run) => run === gone);
  const range = { by: 'ana', fromMs: Date.parse('2025-12-31T08:00Z'), toMs: Date.parse('2025-12-31T08:02Z') };

  expect(await desk.tryBackfill(minutely, range)).toMatchObject({
    ticks: { length: 3 },
    there: ['2025-12-31T08:01:00.000Z'],
  });
});

test('what waits by itself takes no room from what people ask for', async () => {
  const world = await registered();
  const desk = world.desk();
  const [view] = await desk.schedules(0);
  if (view === undefined) throw new Error('there is no schedule');
  const waiting = Array.from({ length: waitingMax }, (_, index) => ({
    tick: new Date(Date.parse('2025-12-01T00:00Z') + index * 60_000).toISOString(),
    why: 'buffer' as const,
  }));
  const state = { ...newSchedule(view.trigger, world.clock.now()), waiting };
  await createScheduleMarks(world.marks).write(scheduleKey('reports', 'minutely'), state, 0);
  expect(await desk.runNow(minutely, { by: 'ana' })).toHaveProperty('run');
  expect((await desk.schedules(0))[0]?.state?.waiting).toHaveLength(waitingMax + 1);
});

test('where definitions cannot be read, whoever asks is told so after a while', async () => {
  const world = await registered();
  const desk = world.desk([], { byHash: () => Promise.reject(new Error('no leader')) });
  const asked = desk.triggers().catch((error: unknown) => error);
  for (let second = 0; second < 15; second += 1) {
    await settled();
    world.clock.advance(1_000);
  }
  expect(await asked).toMatchObject({
    code: 'event.unavailable',
    message: expect.stringContaining('could not be read within 15 s; run `workflow doctor`'),
  });
  await desk.close();
});

test('who may start the definition has its schedule run, and who may control changes it', async () => {
  const desk = (await registered()).desk([
    { name: 'ana', level: 'L1' },
    { name: 'bo', level: 'L2', domain: 'ops' },
    { name: 'cy', level: 'L3' },
  ]);
  expect(await desk.pause(minutely, { by: 'bo' })).toMatchObject({ code: 'authority.level' });
  expect(await desk.runNow(minutely, { by: 'bo' })).toHaveProperty('run');
  expect(await desk.runNow(minutely, { by: 'cy' })).toMatchObject({ code: 'authority.level' });
  expect(await desk.pause(minutely, { by: 'ana' })).toBeUndefined();
  expect(await desk.emit(paid, { as: 'cy' })).toMatchObject({ code: 'authority.level' });
  expect(await desk.emit(paid, { as: 'bo' })).toEqual({ stored: true });
  expect(await desk.emit(paid, { as: 'zed' })).toMatchObject({ code: 'authority.unknown' });
});

test('triggers are attended as long as somebody holds their lease', async () => {
  const world = await registered();
  const desk = world.desk();
  expect(await desk.isAttended()).toBe(false);
  await world.leases.claim(triggersLease, { node: 'one', host: 'here', pid: 1 });
  expect(await desk.isAttended()).toBe(true);
  world.clock.advance(world.leases.ttlMs + 1);
  expect(await desk.isAttended()).toBe(false);
});
