// Each row of the table "Run control" of docs/language.md does what it says. Method: the rows are read from the page,
// and each has a case here by its name; a row without one fails.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { chartOf } from '../../support/chart-of.ts';
import { tableUnder } from '../../support/page-definitions.ts';
import { type Driven, startedRun, undrivenRun } from '../../support/run-spec.ts';

const chain = chartOf(`
  - {id: a, uses: noop, compensate: u, retry_policy: {max_attempts: 2, initial_delay: 1m, jitter: none}}
  - {id: u, uses: noop}
  - {id: b, uses: noop, depends_on: a}
  - {id: c, uses: noop}
`);
const asks = chartOf(`
  - {id: h, type: HUMAN, approvers: {names: [ana]}}
  - {id: d, type: DECISION, depends_on: h, decision_param: "1", decision_cases: {}, default: []}
`);
const waits = chartOf(
  '- {id: w, type: WAIT, signal: here}\n- {id: x, type: WAIT, signal: here, depends_on: w}',
);
const here = { kind: 'signal', name: 'here', data: { n: 1 } } as const;

const rows: Readonly<Record<string, () => void>> = {
  pause: () => {
    const run = startedRun(chain).fails('a').does({ kind: 'pauseRun' }).completes('c').passes(60_000);
    expect(run.isIn('PAUSED').statuses()).toMatchObject({ a: 'RETRYING', c: 'COMPLETED' });
    expect(run.effects()).toEqual([]);
  },
  resume: () => {
    const run = startedRun(chain).fails('a').does({ kind: 'pauseRun' }).passes(60_000);
    expect(run.does({ kind: 'resumeRun' }).passes(0).effects()).toEqual(['a#2', 'c#1']);
  },
  cancel: () => {
    const run = startedRun(chain).completes('a').does({ kind: 'cancelRun' }).isIn('COMPENSATING');
    expect(run.completes('u').isIn('TERMINATED').statuses()).toMatchObject({
      a: 'COMPLETED',
      u: 'COMPLETED',
    });
  },
  terminate: () => {
    const run = startedRun(chain).completes('a').does({ kind: 'terminateRun' }).isIn('TERMINATED');
    expect(run.statuses()).toMatchObject({ a: 'COMPLETED', b: 'CANCELLED' });
  },
  retry: () => {
    const run = startedRun(chartOf('- {id: a, uses: noop}\n- {id: b, uses: noop}\n- {id: c, uses: noop}'));
    run.completes('a').fails('b').isIn('FAILED').does({ kind: 'retryRun' });
    expect(run.effects()).toEqual(['b#2', 'c#2']);
    expect(run.at('a').attempt).toBe(1);
  },
  'rerun --from task': () => {
    const run = startedRun(chain).completes('a').completes('b').completes('c').isIn('COMPLETED');
    expect(run.does({ kind: 'rerun', from: 'a', taskInput: 7 }).effects()).toEqual(['a#2']);
    expect(run.completes('a').effects()).toEqual(['b#2']);
    expect(run.completes('b').isIn('COMPLETED').at('c').attempt).toBe(1);
  },
  'fork --at N': () => {
    const old = startedRun(chain).completes('a');
    const from = { run: 'test-run', at: 2, hash: 'x' };
    const state = old.run().state as unknown as Json;
    const fork = undrivenRun(chain).does({ kind: 'forkRun', run: 'other', from, state });
    expect(fork.statuses()).toMatchObject({ a: 'COMPLETED', b: 'SCHEDULED' });
    fork.completes('b').completes('c').isIn('COMPLETED');
    old.isIn('RUNNING');
  },
  'skip task': () => {
    startedRun(chain).does({ kind: 'skipTask', task: 'c' }).completes('a').completes('b').isIn('COMPLETED');
    startedRun(asks).does({ kind: 'skipTask', task: 'h' }).isIn('COMPLETED');
  },
  'complete task': () => {
    const run = startedRun(chain).does({ kind: 'resolveTask', task: 'a', output: { n: 1 } });
    expect(run.at('a').output).toEqual({ n: 1 });
    const given = startedRun(waits).does({ kind: 'resolveTask', task: 'w', output: { n: 1 } });
    expect(given.at('w').output).toEqual({ timed_out: false, signal: null, data: { n: 1 }, n: 1 });
    startedRun(asks).refuses({ kind: 'resolveTask', task: 'h', output: {} }, 'task.not-by-hand');
    const end = chartOf('- {id: a, uses: noop}\n- {id: t, type: TERMINATE, status: FAILED, depends_on: a}');
    startedRun(end).refuses({ kind: 'resolveTask', task: 't', output: {} }, 'task.not-by-hand');
  },
  signal: () => {
    const run = startedRun(waits).does({ ...here, id: 's-1' });
    expect(run.at('w').output).toMatchObject({ signal: 'here', n: 1 });
    run.refuses({ ...here, id: 's-1' }, 'signal.repeated');
    run.does({ ...here, id: 's-2' }).isIn('COMPLETED');
  },
  approve: () => {
    startedRun(asks).refuses({ kind: 'approve', task: 'h', by: 'eve' }, 'approval.not-allowed');
    startedRun(asks).does({ kind: 'approve', task: 'h', by: 'ana' }).isIn('COMPLETED');
  },
  reject: () => {
    startedRun(asks).does({ kind: 'reject', task: 'h', by: 'ana' }).isIn('FAILED');
  },
  delegate: () => {
    const run = startedRun(asks).does({ kind: 'delegateApproval', task: 'h', by: 'ana', to: 'bob' });
    run.refuses({ kind: 'approve', task: 'h', by: 'ana' }, 'approval.not-allowed');
    run.does({ kind: 'approve', task: 'h', by: 'bob' }).isIn('COMPLETED');
  },
  'dead-letters': () => {
    const failed = (): Driven => startedRun(chartOf('- {id: a, uses: noop}')).fails('a').isIn('FAILED');
    failed().does({ kind: 'retryRun' }).completes('a').isIn('COMPLETED');
    expect(failed().does({ kind: 'dropDeadLetter' }).isIn('FAILED').run().state).toHaveProperty('droppedAt');
  },
};
const named = tableUnder('docs/language.md', '## Run control').flatMap(([first = '']) =>
  [...first.matchAll(/`([^`]+)`/g)].flatMap(([, name = '']) => name),
);

test.each(named)('%s', (name) => {
  expect(Object.keys(rows)).toContain(name);
  rows[name]?.();
});

test('no case is left without its row', () => {
  expect(Object.keys(rows).filter((name) => !named.includes(name))).toEqual([]);
});
