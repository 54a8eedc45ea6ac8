// What a clock on the wall that is set does to a run: what lasts so long goes on lasting so long, and times do not go
// back. Method as in engine.test.ts: the engine over stores in memory, with a clock that the test moves and sets.
import { expect, test } from 'vitest';
import { chartOfText } from '../../support/chart-of.ts';
import { createStage } from '../../support/engine-bench.ts';

const chart = chartOfText(`workflow:
  id: waiting
  version: 1
  timeout: 10m
  tasks:
    - { id: hold, type: WAIT, duration: 5s }
    - { id: ask, type: HUMAN, depends_on: hold, timeout: 2m, on_timeout: reject }
    - { id: work, uses: noop, depends_on: hold, timeout: 1m }
`);
const start = { run: 'run-1', chart, input: {}, actor: 'test' };
const hourMs = 3_600_000;

const settled = () => new Promise((resolve) => setImmediate(resolve));

test.each([-hourMs, -5_000, hourMs, 48 * hourMs])(
  'a clock that is set by %i ms moves no time-out and no wait of a run that goes on',
  async (byMs) => {
    const stage = createStage();
    await stage.engine.startRun(start);
    const states = () => stage.latest()?.state.tasks;
    stage.clock.advance(2_000);
    stage.clock.setBy(byMs);
    stage.clock.advance(2_900);
    await settled();
    expect(states()).toMatchObject({ hold: { state: 'awaiting' } });
    stage.clock.advance(200);
    await stage.attempt('work#1');
    // The engine notes that an attempt goes on after a moment.
    stage.clock.advance(25);
    await settled();
    expect(states()).toMatchObject({ hold: { state: 'completed' }, ask: { state: 'pending_approval' } });

    stage.clock.setBy(-byMs);
    stage.clock.advance(59_000);
    await settled();
    expect(states()).toMatchObject({ work: { state: 'in_progress' } });
    stage.clock.advance(2_000);
    await expect.poll(() => states()).toMatchObject({ work: { state: 'timed_out' } });
    expect(stage.latest()?.state.startedAt.slice(0, 10)).toBe('2026-01-01');
  },
);

test('a run that waits for nothing timed takes the time that the clock was set to, and no time goes back', async () => {
  const asking = chartOfText(`workflow:
  id: asking
  version: 1
  tasks:
    - { id: ask, type: HUMAN }
    - { id: other, type: HUMAN }
`);
  const stage = createStage();
  await stage.engine.startRun({ ...start, chart: asking });
  stage.clock.setBy(hourMs);
  await stage.engine.submit('run-1', { kind: 'approve', task: 'ask', by: 'ana' }, { actor: 'ana' });
  const later = stage.latest()?.state.tasks['ask']?.endedAt;
  expect(later).toMatch(/^2026-01-01T01:00/);

  stage.clock.setBy(-2 * hourMs);
  await stage.engine.submit('run-1', { kind: 'approve', task: 'other', by: 'ana' }, { actor: 'ana' });
  expect(stage.latest()?.state.tasks['other']?.endedAt).toBe(later);
});

test('a wait until a time of the calendar ends at that time, however the clock came there', async () => {
  const opening = chartOfText(`workflow:
  id: opening
  version: 1
  tasks:
    - { id: embargo, type: WAIT, until: '2026-01-01T03:00:00Z' }
    - { id: pause, type: WAIT, duration: 4h }
`);
  const states = (stage: ReturnType<typeof createStage>) => stage.latest()?.state.tasks;
  const early = createStage();
  await early.engine.startRun({ ...start, chart: opening });
  early.clock.setBy(-hourMs);
  early.clock.advance(3.5 * hourMs);
  await settled();
  expect(states(early)).toMatchObject({ embargo: { state: 'awaiting' }, pause: { state: 'awaiting' } });
  early.clock.advance(0.6 * hourMs);
  await expect
    .poll(() => states(early))
    .toMatchObject({ embargo: { state: 'completed' }, pause: { state: 'completed' } });

  const late = createStage();
  await late.engine.startRun({ ...start, run: 'run-2', chart: opening });
  late.clock.advance(hourMs);
  late.clock.setBy(2.5 * hourMs);
  late.clock.advance(60_000);
  await expect
    .poll(() => states(late))
    .toMatchObject({ embargo: { state: 'completed' }, pause: { state: 'awaiting' } });
});
