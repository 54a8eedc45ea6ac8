// What a review found in runs that had ended and go on: each of these hung, ran too much or forgot something.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { headOf } from '../../../machines/run/record/head.ts';
import { chartOf, chartOfText } from '../../support/chart-of.ts';
import { type Driven, startedRun, undrivenRun } from '../../support/run-spec.ts';

const rerun = (from: string) => ({ kind: 'rerun', from }) as const;

test('a rerun beside a pass that a TERMINATE had ended does not hang', () => {
  const chart = chartOf(`
    - {id: other, uses: noop}
    - id: fan
      type: FORK
      for_each: "\${[1]}"
      tasks:
        - {id: w, uses: noop}
        - {id: stop, type: TERMINATE, status: FAILED, depends_on: w}
  `);
  const run = startedRun(chart).completes('other').completes('fan[0].w').isIn('FAILED');

  run.does(rerun('other')).isIn('FAILED');
  expect(run.at('fan[0].w').attempt).toBe(1);
});

test('nothing that only undoes is rerun, not even a part of it', () => {
  const chart = chartOf(`
    - {id: q, uses: noop, compensate: uq}
    - {id: uq, type: FORK, branches: [[{id: u1, uses: noop}], [{id: u2, uses: noop}]]}
    - {id: z, uses: noop, depends_on: q}
  `);
  const run = startedRun(chart).completes('q').does({ kind: 'cancelRun' }).completes('u1');
  run.does({ kind: 'terminateRun' }).isIn('TERMINATED');

  run.refuses(rerun('u1'), 'rerun.undoing').refuses(rerun('uq'), 'rerun.undoing');
});

test('a fallback is not rerun by itself, and what it stood in for is done again with what it followed from', () => {
  const chart = chartOf(`
    - {id: g, uses: noop}
    - {id: a, uses: noop, fallback: f}
    - {id: f, uses: noop, depends_on: g}
    - {id: z, uses: noop, depends_on: a}
  `);
  const run = startedRun(chart).completes('g').fails('a').completes('f').completes('z').isIn('COMPLETED');

  run.refuses(rerun('f'), 'rerun.stand-in').does(rerun('g'));
  expect(run.effects()).toEqual(['g#2', 'a#2']);
  run.completes('g').completes('a', 'itself').completes('z').isIn('COMPLETED');
  expect(run.at('a').output).toBe('itself');
});

test('a run that goes on waits for a place again', () => {
  const chart = chartOfText(`workflow:
  id: few
  version: 1
  concurrency: {limit: 1}
  tasks: [{id: a, uses: noop}]
`);
  const admit = { kind: 'admitRun', key: 'few' } as const;
  const run = startedRun(chart).does(admit).fails('a').isIn('FAILED').does({ kind: 'retryRun' });

  expect(run.run().state.phase).toBe('queued');
  run.refuses({ kind: 'pauseRun' }, 'run.queued').does(admit).completes('a').isIn('COMPLETED');
});

test('a fork alerts again, and its child has as many attempts as the definition grants', () => {
  const chart = chartOfText(`workflow:
  id: alerted
  version: 1
  timeout: 1h
  timeout_policy: alert
  tasks:
    - {id: c, type: SUB_WORKFLOW, workflow: other, retry_policy: {max_attempts: 2, initial_delay: 1s}}
`);
  const old = delegated(startedRun(chart), 'child-1').passes(3_600_000);
  const fork = delegated(
    undrivenRun(chart).does({
      kind: 'forkRun',
      run: 'fork-1',
      from: { run: 'run-1', at: 3, hash: 'x' },
      state: old.run().state as unknown as Json,
    }),
    'child-2',
  );

  expect(old.run().state).toHaveProperty('alertedAt');
  expect(fork.run().state).not.toHaveProperty('alertedAt');
  const failed = { kind: 'endChild', task: 'c', run: 'child-2', status: 'FAILED' } as const;
  fork.does({ ...failed, attempt: fork.at('c').attempt }).isIn('RUNNING');
  expect(fork.at('c').state).toBe('retrying');
});

test('a fork knows how many runs lie between its run and the outside, and not what started that', () => {
  const chart = chartOf('- {id: a, uses: noop}');
  const trigger = { kind: 'event', id: 'on', hops: 5 } as const;
  const old = undrivenRun(chart).does({ kind: 'startRun', run: 'run-1', input: {}, trigger });
  const fork = undrivenRun(chart).does({
    kind: 'forkRun',
    run: 'fork-1',
    from: { run: 'run-1', at: 1, hash: 'x' },
    state: old.run().state as unknown as Json,
  });

  expect(headOf(fork.run())).toMatchObject({ hops: 5 });
  expect(fork.run().state).not.toHaveProperty('trigger');
});

function delegated(run: Driven, child: string): Driven {
  const definition = { id: 'other', version: 1, hash: 'h' };

  return run.does({
    kind: 'delegate',
    task: 'c',
    attempt: run.at('c').attempt,
    child: { run: child, definition, input: {} },
  });
}
