// One attempt of a task that somebody outside of the core carries out. SIMPLE, HTTP and EVENT share it.
import { expect, test } from 'vitest';
import { chartOf } from '../../../support/chart-of.ts';
import { type Driven, startedRun } from '../../../support/run-spec.ts';

const types = [
  ['SIMPLE', '- {id: t, uses: noop, retry_policy: {max_attempts: 2, initial_delay: 1s}, timeout: 10s}'],
  [
    'HTTP',
    '- {id: t, type: HTTP, request: {url: "https://example.org"}, retry_policy: {max_attempts: 2, initial_delay: 1s}, timeout: 10s}',
  ],
  [
    'EVENT',
    '- {id: t, type: EVENT, event: {type: order.paid}, retry_policy: {max_attempts: 2, initial_delay: 1s}, timeout: 10s}',
  ],
] as const;
const begin = (run: Driven, again?: boolean) =>
  run.does({
    kind: 'startTask',
    task: 't',
    attempt: run.at('t').attempt,
    worker: 'w',
    ...(again === undefined ? {} : { again }),
  });

test.each(types)(
  '%s: carried out by somebody, tried again, and complete with what came of it',
  (_type, task) => {
    const run = startedRun(chartOf(task));
    expect(run.effects()).toEqual(['t#1']);
    expect(run.fails('t').passes(1_000).effects()).toEqual(['t#2']);

    expect(run.completes('t', { status: 200 }).isIn('COMPLETED').at('t').output).toEqual({ status: 200 });
  },
);

test.each(types)(
  '%s: an attempt that began and was lost with its engine is timed from its second begin',
  (_, task) => {
    const run = begin(startedRun(chartOf(task)));
    const again = { kind: 'startTask', task: 't', attempt: 1, worker: 'w' } as const;
    run.passes(9_000).refuses(again, 'task.already-started');

    begin(run, true).passes(9_999).isIn('RUNNING');
    expect(run.statuses()['t']).toBe('IN_PROGRESS');
    expect(run.passes(1).statuses()['t']).toBe('RETRYING');
  },
);

test.each(types)(
  '%s: what is in flight when the run ends is cancelled, and reports to nobody',
  (_type, task) => {
    const run = begin(startedRun(chartOf(task)))
      .does({ kind: 'terminateRun' })
      .isIn('TERMINATED');

    expect(run.effects()).toEqual([]);
    expect(run.statuses()['t']).toBe('CANCELLED');
    run.refuses({ kind: 'heartbeat', task: 't', attempt: 1 }, 'run.closed');
  },
);

test('a heartbeat needs an attempt that has begun, and tells how far it is', () => {
  const run = startedRun(chartOf('- {id: t, uses: noop}'));
  run.refuses({ kind: 'heartbeat', task: 't', attempt: 1 }, 'task.not-started');

  begin(run).does({ kind: 'heartbeat', task: 't', attempt: 1, progress: { percent: 50 } });
  expect(run.at('t').progress).toEqual({ percent: 50 });
});
