// Whose word counts about an attempt that workers of an agent carry out: they cannot see each other, and any of them
// may die, or be thought dead and come back. Method: drive the pure core with commands; run-spec checks the replay.
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../events/canonical-json.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
import { deathsMax } from '../../../machines/run/decide/decide-attempt.ts';
import { chartOf } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

const chart = chartOf(`
  - { id: far, assigned_to: SCOUT, retry_policy: { max_attempts: 2, initial_delay: 1s, jitter: none } }
  - { id: able, requires: [dig, haul] }
  - { id: near, uses: noop }
`);
const at = '2026-01-01T00:00:00.000Z';
const of = (task: string, worker: string, attempt = 1) => ({ task, attempt, worker });
const start = (worker: string, more = {}) => ({ kind: 'startTask', ...of('far', worker), ...more }) as const;
const complete = (worker: string, attempt = 1) =>
  ({ kind: 'completeTask', ...of('far', worker, attempt), startedAt: at, output: 1 }) as const;
const fail = (worker: string) =>
  ({
    kind: 'failTask',
    ...of('far', worker),
    startedAt: at,
    error: { code: 'no', message: 'no', retryable: true },
  }) as const;
const team = [
  { agent: 'MOLE', skills: ['dig'] },
  { agent: 'MULE', skills: ['haul'] },
];
const assign = (task: string, more = {}) =>
  ({ kind: 'assignTasks', assignments: [{ task, attempt: 1, agents: team, ...more }] }) as const;

test('only the worker that has begun an attempt ends it', () => {
  const run = startedRun(chart).does(start('w1'));

  run.refuses(complete('w2'), 'task.other-worker').refuses(fail('w2'), 'task.other-worker');
  run.does(complete('w1'));
  expect(run.at('far')).toMatchObject({ state: 'completed', worker: 'w1' });
});

test('an attempt is begun by one worker at a time', () => {
  startedRun(chart).does(start('w1')).refuses(start('w2'), 'task.already-started');
});

test('a worker takes over from one that was lost, which has no say any more', () => {
  const run = startedRun(chart)
    .does(start('w1'))
    .does(start('w2', { lost: 'w1' }));

  expect(run.at('far')).toMatchObject({ state: 'in_progress', worker: 'w2', deaths: 1 });
  run.refuses(complete('w1'), 'task.other-worker').does(complete('w2'));
});

test('of two that take over from the same worker the second is refused', () => {
  const run = startedRun(chart)
    .does(start('w1'))
    .does(start('w2', { lost: 'w1' }));

  run.refuses(start('w3', { lost: 'w1' }), 'task.other-worker');
  run.refuses(start('w3', { givenBack: 'w1' }), 'task.other-worker');
});

test('a worker that gives an attempt back is not counted as lost', () => {
  const run = startedRun(chart)
    .does(start('w1'))
    .does(start('w2', { givenBack: 'w1' }));

  expect(run.at('far').worker).toBe('w2');
  expect(run.at('far').deaths).toBeUndefined();
});

test('an attempt with which too many workers are lost fails for good, whatever its retries', () => {
  const run = startedRun(chart).does(start('w0'));
  for (let death = 1; death <= deathsMax; death += 1) run.does(start(`w${death}`, { lost: `w${death - 1}` }));

  expect(run.at('far')).toMatchObject({
    state: 'failed',
    attempt: 1,
    worker: 'w2',
    error: { code: 'worker.lost', retryable: false, details: { deaths: 3 } },
  });
});

test('the deaths of one attempt are not those of the next', () => {
  const run = startedRun(chart)
    .does(start('w1'))
    .does(start('w2', { lost: 'w1' }))
    .does(fail('w2'))
    .passes(1_000);

  expect(run.at('far')).toMatchObject({ state: 'scheduled', attempt: 2 });
  expect(run.at('far').deaths).toBeUndefined();
  expect(run.at('far').worker).toBeUndefined();
  run.refuses(complete('w2'), 'task.stale-attempt');
});

test('who was found for a task is recorded, and again when somebody else has to be found', () => {
  const run = startedRun(chart).does(assign('able'));
  expect(run.at('able')).toMatchObject({ state: 'scheduled', assigned: team });

  run.does({ kind: 'startTask', ...of('able', 'w1') });
  run.does(assign('able', { agents: [{ agent: 'OX', skills: ['dig', 'haul'] }] }));
  expect(run.at('able')).toMatchObject({ state: 'in_progress', worker: 'w1', assigned: [{ agent: 'OX' }] });
});

test('agents are found for many attempts by one event; those that are over by then are left out', () => {
  const wide = chartOf(
    '- { id: each, type: FORK, for_each: "${workflow.input.list}", tasks: [{ id: dig, requires: [dig] }] }',
    'input: { required: [list] }',
  );
  const run = startedRun(wide, { list: [1, 2, 3] });
  const given = (index: number, agent: string) => ({
    task: `each[${index}].dig`,
    attempt: 1,
    agents: [{ agent, skills: ['dig'] }],
  });
  run.does({ kind: 'skipTask', task: 'each[1].dig' });
  const before = run.run().sequence;
  run.does({ kind: 'assignTasks', assignments: [given(0, 'MOLE'), given(1, 'MULE'), given(2, 'OX')] });

  expect(run.run().sequence).toBe(before + 1);
  expect(run.at('each[0].dig').assigned).toEqual([{ agent: 'MOLE', skills: ['dig'] }]);
  expect(run.bodies.at(-1)).not.toContain('each[1].dig');
  expect(run.at('each[2].dig').assigned).toEqual([{ agent: 'OX', skills: ['dig'] }]);
});

const give = (task: string, more = {}) =>
  ({ kind: 'assignTask', task, to: 'OX', by: 'ana', ...more }) as const;

test('a task that waits is given to the agent that somebody names, which keeps it through further attempts', () => {
  const run = startedRun(chart).does(give('far', { reason: 'SCOUT is ill' }));

  expect(run.at('far')).toMatchObject({
    state: 'scheduled',
    attempt: 1,
    appointed: { agent: 'OX', by: 'ana' },
  });
  expect(JSON.parse(run.bodies.at(-1) ?? '')).toMatchObject({
    type: 'task.assigned',
    data: {
      fact: { by: 'ana', from: 'SCOUT', reason: 'SCOUT is ill', agents: [{ agent: 'OX', skills: [] }] },
    },
  });
  run.does(start('w1')).does(fail('w1')).passes(1_000);
  expect(run.at('far')).toMatchObject({ state: 'scheduled', attempt: 2, appointed: { agent: 'OX' } });
  run.refuses(give('far'), 'task.already-assigned');
});

test('whom somebody named is not replaced by whoever is found by skills', () => {
  const run = startedRun(chart).does(assign('able')).does(give('able'));

  expect(run.at('able')).toMatchObject({ assigned: [{ agent: 'OX', skills: ['dig', 'haul'] }] });
  run.refuses(assign('able'), 'task.not-assigned');
});

test('an attempt that a worker has begun is left there, or taken away: its worker has no say, and it does not count', () => {
  const run = startedRun(chart).does(start('w1'));
  run.refuses(give('far'), 'task.already-started');
  run.does(give('far', { takeAway: true }));

  expect(run.at('far')).toMatchObject({ state: 'scheduled', attempt: 2, appointed: { agent: 'OX' } });
  expect(run.at('far').worker).toBeUndefined();
  run.refuses(complete('w1'), 'task.stale-attempt').refuses(fail('w1'), 'task.stale-attempt');
  // Two attempts may fail: the one that was taken away is none of them.
  const failed = (worker: string, attempt: number) => ({ ...fail(worker), attempt });
  run
    .does({ kind: 'startTask', ...of('far', 'w2', 2) })
    .does(failed('w2', 2))
    .passes(1_000);
  expect(run.at('far')).toMatchObject({ state: 'scheduled', attempt: 3 });
  run.does({ kind: 'startTask', ...of('far', 'w2', 3) }).does(failed('w2', 3));
  expect(run.at('far').state).toBe('failed');
});

test('only what agents carry out, and only while it is open, is given to one', () => {
  const run = startedRun(chart);
  run.refuses(give('near'), 'task.not-assigned').refuses(give('nowhere'), 'task.unknown');
  run.does(start('w1')).does(complete('w1'));
  run.refuses(give('far'), 'task.not-open').refuses(give('far', { takeAway: true }), 'task.not-open');
});

test('nobody is found for a task whose definition says who carries it out', () => {
  const run = startedRun(chart);

  run.refuses(assign('far'), 'task.not-assigned');
  run.refuses(assign('near'), 'task.not-assigned');
  run.refuses(assign('able', { attempt: 2 }), 'task.stale-attempt');
});

test('what an engine itself carries out may go on in another engine, whoever began it', () => {
  const run = startedRun(chart).does({ kind: 'startTask', ...of('near', 'engine-1') });
  run.does({ kind: 'startTask', ...of('near', 'engine-2'), again: true });

  run.does({ kind: 'completeTask', ...of('near', 'engine-1'), startedAt: at, output: 1 });
  expect(run.at('near').state).toBe('completed');
});

test('what an attempt printed that was ended from outside is noted afterwards, and changes nothing', () => {
  const run = startedRun(chart).does(start('w1')).does(fail('w1')).passes(1_000);
  const logged = (attempt: number, task = 'far') =>
    ({ kind: 'logAttempt', task, attempt, worker: 'w1', log: { stdout: 'so far' } }) as const;
  const { state } = run.run();
  run.does(logged(1));
  expect(run.run().state).toEqual(state);
  run.refuses(logged(3), 'task.unknown').refuses(logged(1, 'nobody'), 'task.unknown');

  run.does({ kind: 'cancelRun' }).does(logged(2));
  expect(run.statuses()).toMatchObject({ far: 'CANCELLED' });
});

test('an end without anything printed is recorded as it always was, and one with it in the same record', () => {
  const begun = startedRun(chart).does(start('w1'));
  const plain = decide(begun.run(), complete('w1'));
  const printed = decide(begun.run(), { ...complete('w1'), log: { stdout: 'so far' } });
  const data = { ...of('far', 'w1'), startedAt: at, output: 1 };

  expect(plain.ok && canonicalJson(plain.fact.data)).toBe(canonicalJson(data));
  expect(printed).toMatchObject({
    ok: true,
    fact: { type: 'task.completed', data: { ...data, log: { stdout: 'so far' } } },
  });
});
