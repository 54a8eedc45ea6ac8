// Timers are derived from the state, never stored: which ones run, and which is first.
import { expect, test } from 'vitest';
import { firstTimer, isRunning, timersOf } from '../../../machines/run/timers.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

const shown = (run: Driven) =>
  timersOf(run.run()).map(({ timer, task, dueAt }) => `${task ?? 'run'} ${timer} ${dueAt.slice(11, 19)}`);

const timed = chartOf(
  `
  - {id: t, uses: noop, queue_timeout: 5s, timeout: 10s, heartbeat_timeout: 8s, total_timeout: 1m}
  - {id: w, type: WAIT, duration: 30s}
  - {id: u, uses: noop, depends_on: t, timeout: 1s}
`,
  'timeout: 1h',
);

test('each state of a task has the timers that can end it, and a task that has not begun has none', () => {
  const run = startedRun(timed);
  expect(shown(run)).toEqual([
    'run run.timeout 01:00:00',
    't task.queue-timeout 00:00:05',
    't task.total-timeout 00:01:00',
    'w wait.elapsed 00:00:30',
  ]);
  run.passes(2_000).does({ kind: 'startTask', task: 't', attempt: 1, worker: 'w' });
  expect(shown(run)).toEqual([
    'run run.timeout 01:00:00',
    't task.timeout 00:00:12',
    't task.heartbeat-timeout 00:00:10',
    't task.total-timeout 00:01:00',
    'w wait.elapsed 00:00:30',
  ]);
});

test('the first timer is the earliest of all, inside of passes too', () => {
  const run = startedRun(
    chartOf(`
      - {id: w, type: WAIT, duration: 30s}
      - {id: all, type: FORK, for_each: "\${[1, 2]}", tasks: [{id: t, uses: noop, queue_timeout: 5s}]}
    `),
  );

  expect(firstTimer(run.run())).toMatchObject({ task: 'all[0].t', dueAt: '2026-01-01T00:00:05.000Z' });
});

test('nothing is timed while the run is paused, and on the way out only what undoes', () => {
  expect(shown(startedRun(timed).does({ kind: 'pauseRun' }))).toEqual([]);
  const undoing = startedRun(
    chartOf(
      `
      - {id: a, uses: noop, compensate: u}
      - {id: b, uses: noop, timeout: 1s}
      - {id: u, uses: noop, queue_timeout: 5s}
    `,
      'timeout: 1h',
    ),
  )
    .completes('a')
    .does({ kind: 'cancelRun' });
  expect(shown(undoing)).toEqual(['u task.queue-timeout 00:00:05']);
  expect(shown(undoing.passes(5_000).isIn('FAILED'))).toEqual([]);
});

test('a timer runs only as the very one it is: same task, attempt and due time', () => {
  const run = startedRun(timed);
  const [, queue] = timersOf(run.run());
  if (queue === undefined) throw new Error('no timer runs');

  expect(isRunning(run.run(), queue)).toBe(true);
  expect(isRunning(run.run(), { ...queue, task: 'u' })).toBe(false);
  expect(isRunning(run.run(), { ...queue, attempt: 2 })).toBe(false);
  expect(isRunning(run.run(), { ...queue, dueAt: '2026-01-01T00:00:06.000Z' })).toBe(false);
});
