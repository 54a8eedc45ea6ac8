// A duration may be made of expressions, which are evaluated once, when the task is scheduled. Method: drive the core
// with commands and time; the driver replays every prefix of the journal besides.
import { expect, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import { checkText } from '../../../../machines/language/check-text.ts';
import { timersOf } from '../../../../machines/run/timers.ts';
import { chartOf, chartOfText } from '../../../support/chart-of.ts';
import { pageDefinitions } from '../../../support/page-definitions.ts';
import { startedRun } from '../../../support/run-spec.ts';
import { deepOf } from '../../prover/deep/deep-of.ts';

const started = (task: string, input: Record<string, Json> = { long: '90s' }, more = '') =>
  startedRun(chartOf(`- {id: t, ${task}}\n${more}`, 'input: {required: [long]}'), input);

test.each([
  ['type: WAIT, duration: "${workflow.input.long}"', '90s', { durationMs: 90_000 }],
  ['type: WAIT, duration: "${workflow.input.long}m"', 3, { durationMs: 180_000 }],
  ["type: WAIT, duration: \"${duration('1h') + duration('30m')}\"", '', { durationMs: 5_400_000 }],
  ['type: WAIT, signal: s, timeout: "${workflow.input.long}"', '1d', { timeoutMs: 86_400_000 }],
  ['type: HUMAN, timeout: "${workflow.input.long}"', 'PT4H', { timeoutMs: 14_400_000 }],
  ['uses: noop, timeout: "${workflow.input.long}"', '2s', { timeoutMs: 2_000 }],
  ['uses: noop, total_timeout: "${workflow.input.long}"', '2s', { totalTimeoutMs: 2_000 }],
  ['uses: noop, queue_timeout: "${workflow.input.long}"', '2s', { queueTimeoutMs: 2_000 }],
  ['uses: noop, heartbeat_timeout: "${workflow.input.long}"', '2s', { heartbeatTimeoutMs: 2_000 }],
  [
    'uses: noop, retry_policy: {max_attempts: 2, initial_delay: "${workflow.input.long}", max_delay: 1h}',
    '0s',
    { initialDelayMs: 0 },
  ],
])('%s is evaluated when the task is scheduled', (task, long, names) => {
  const run = started(task, { long });

  expect(run.at('t').names).toEqual(names);
  expect(run.trail).toContain('t: waiting -> naming');
});

test('a WAIT is over when the time that its expression gave has passed', () => {
  const run = started('type: WAIT, duration: "${workflow.input.long}"').passes(89_000).isIn('RUNNING');

  run.passes(1_000).isIn('COMPLETED');
  expect(run.at('t').output).toMatchObject({ timed_out: true });
});

test('a WAIT for a signal, and for a time from an expression, ends with what comes first', () => {
  const wait = 'type: WAIT, signal: s, duration: "${workflow.input.long}"';
  started(wait).passes(90_000).isIn('COMPLETED');
  const run = started(wait).passes(80_000).does({ kind: 'signal', name: 's', data: 1 }).isIn('COMPLETED');

  expect(run.at('t').output).toMatchObject({ timed_out: false, data: 1 });
});

test('an approval is escalated when the time that its expression gave has passed', () => {
  const run = started(
    'type: HUMAN, approvers: {names: [ana]}, timeout: "${workflow.input.long}", on_timeout: escalate, escalate_to: {names: [ben]}',
  ).passes(90_000);

  expect(run.at('t').escalatedAt).toBeDefined();
  run.does({ kind: 'approve', task: 't', by: 'ben' }).isIn('COMPLETED');
});

test('every attempt has the same time, and waits as long as its expression says', () => {
  const run = started(
    'assigned_to: ana, timeout: "${workflow.input.long}", retry_policy: {max_attempts: 3, backoff: linear, initial_delay: "${workflow.input.long}", max_delay: 1h}',
  );
  const timesOut = () =>
    run.does({ kind: 'startTask', task: 't', attempt: run.at('t').attempt, worker: 'w' }).passes(90_000);
  timesOut().passes(89_000);
  expect(run.at('t')).toMatchObject({ state: 'retrying', attempt: 1 });
  run.passes(1_000);
  timesOut().passes(179_000);
  expect(run.at('t')).toMatchObject({ state: 'retrying', attempt: 2 });
  run.passes(1_000);
  timesOut().isIn('FAILED');

  expect(run.at('t').error?.code).toBe('task.timeout');
  expect(run.trail.filter((each) => each.endsWith('-> naming'))).toHaveLength(1);
});

test('each item has the time that it says', () => {
  const run = startedRun(
    chartOf(
      '- {id: each, type: FORK, for_each: "${workflow.input.long}", tasks: [{id: t, type: WAIT, duration: "${item}"}]}',
      'input: {required: [long]}',
    ),
    { long: ['10s', '20s'] },
  );
  run.passes(19_000).isIn('RUNNING');
  expect(timersOf(run.run()).map(({ timer, task }) => [timer, task])).toEqual([
    ['wait.elapsed', 'each[1].t'],
  ]);

  run.passes(1_000).isIn('COMPLETED');
});

test.each([
  [
    'type: WAIT, duration: "${workflow.input.long}"',
    90,
    'duration of t gives 90: a bare number is not a duration',
  ],
  [
    'type: WAIT, duration: "${workflow.input.long}"',
    'soon',
    'duration of t gives "soon": "soon" is not a duration',
  ],
  ['type: WAIT, duration: "${workflow.input.long}"', null, 'duration of t gives null: '],
  [
    'type: HUMAN, timeout: "${workflow.input.long}"',
    '0s',
    'timeout of t gives "0s": a duration of zero is not allowed',
  ],
  [
    'uses: noop, timeout: "${workflow.input.long}"',
    '-5s',
    'timeout of t gives "-5s": a duration cannot be negative',
  ],
  ['uses: noop, timeout: "${workflow.input.long}"', '400d', 'is longer than 366 days'],
])('%s fails the task where it gives %j', (task, long, message) => {
  const run = started(task, { long }).isIn('FAILED');

  expect(run.at('t').error).toMatchObject({ code: 'duration.invalid', retryable: false });
  expect(run.at('t').error?.message).toContain(message);
});

test('what is no duration may be caught, and only there where it can come', () => {
  const caught = 'catch: [{errors: duration.invalid, next: instead}]';
  const run = started(
    `type: WAIT, duration: "\${workflow.input.long}", ${caught}`,
    { long: 'soon' },
    '- {id: instead, type: NOOP}',
  ).isIn('COMPLETED');

  expect(run.statuses()).toEqual({ t: 'FAILED', instead: 'COMPLETED' });
  expect(problems(`{id: t, type: WAIT, duration: 5s, ${caught}}\n    - {id: instead, type: NOOP}`)).toEqual([
    'definition.unraised-error',
  ]);
});

test.each([
  ['{id: t, type: WAIT, duration: "${1 + 1}"}', ['definition.type-mismatch']],
  ['{id: t, type: WAIT, duration: "${workflow.input.nothing}"}', ['definition.undeclared-input']],
  ['{id: t, type: WAIT, duration: "${duration(\'5m\')}"}', []],
  ['{id: t, type: WAIT, duration: "${workflow.input.n}m"}', []],
  ['{id: t, type: WAIT, duration: "${workflow.input.n}"}', ['definition.type-mismatch']],
  ['{id: t, type: HUMAN, timeout: "${workflow.input.n > 1}"}', ['definition.type-mismatch']],
])('the checker types the duration of %s', (task, codes) => {
  expect(problems(task)).toEqual(codes);
});

test.each([
  ['{id: t, run: {command: [ls], timeout: "${workflow.input.n}s"}}'],
  ['{id: t, type: HTTP, timeout: 1m, request: {url: "https://a.example", timeout: "${workflow.input.n}s"}}'],
  ['{id: t, uses: noop, circuit_breaker: {failures: 1, window: "${workflow.input.n}s", open_for: 1s}}'],
])('%s is refused: no expression is evaluated there', (task) => {
  expect(problems(task)).toContain('definition.misplaced-expression');
});

test('a time that is not known before the run is later than nothing', () => {
  expect(
    problems(
      '{id: t, uses: noop, timeout: "${workflow.input.n}h", total_timeout: 1s, retry_policy: {max_attempts: 3, initial_delay: "${workflow.input.n}s", max_delay: 1s}}',
    ),
  ).toEqual([]);
});

test('the prover goes on in time: a WAIT, a HUMAN and an attempt end as their expressions say', () => {
  const { explored, said } = deepOf(
    `
    - {id: pause, type: WAIT, duration: "\${workflow.input.long}"}
    - {id: ask, type: HUMAN, depends_on: pause, timeout: "\${workflow.input.hours}h", on_timeout: approve}
    - {id: work, assigned_to: ana, depends_on: ask, timeout: "\${workflow.input.hours}m"}
    `,
    'input: {properties: {long: {enum: [1h, 90m]}, hours: {type: integer, minimum: 1}}, required: [long, hours]}',
  );
  const ends = [...explored.scenes.values()].map(({ scene }) => scene.run.state);

  expect(said).toEqual([]);
  expect(ends.some(({ status }) => status === 'COMPLETED')).toBe(true);
  expect(ends.some(({ tasks }) => tasks['work']?.error?.code === 'task.timeout')).toBe(true);
});

test.each([
  ['duration: "${workflow.input.minutes}m"', 'minutes: {type: integer, minimum: 0}', '{"minutes":0}'],
  ['duration: "${workflow.input.minutes}m"', 'minutes: {type: integer}', '{"minutes":-1}'],
  [
    'duration: "${workflow.input.hours}h${workflow.input.minutes}m"',
    'hours: {type: integer, minimum: 0}, minutes: {type: integer, minimum: 0}',
    '{"hours":0,"minutes":0}',
  ],
  ['duration: "${workflow.input.long}"', 'long: {enum: [1h, soon]}', '{"long":"soon"}'],
])('the prover finds the input with which %s is none', (duration, inputs, found) => {
  const names = [...inputs.matchAll(/(\w+): \{/g)].map(([, name]) => name);
  const { of } = deepOf(
    `- {id: pause, type: WAIT, ${duration}}`,
    `input: {properties: {${inputs}}, required: [${names.join(', ')}]}`,
  );

  expect(of('deep.expression-fails')).toMatchObject({ severity: 'error', tasks: ['pause'], key: 'duration' });
  expect(of('deep.expression-fails').message).toContain(`with the input ${found},`);
});

test('the trial of docs/language.md lasts as long, and is offered for as long, as its input says', () => {
  const text = pageDefinitions.find((each) => each.text.startsWith('workflow:\n  id: trial\n'))?.text ?? '';
  const day = 86_400_000;
  const gold = startedRun(chartOfText(text), { days: 3, plan: 'gold' }).passes(3 * day - 1);
  expect(gold.statuses()).toEqual({ trial: 'WAITING', offer: 'PENDING', bill: 'PENDING' });
  gold.passes(7 * day);
  expect(gold.at('offer').state).toBe('pending_approval');
  gold.passes(1).fails('bill').passes(60_000);
  expect(gold.effects()).toEqual(['bill#2']);

  const basic = startedRun(chartOfText(text), { days: 1, plan: 'basic' })
    .passes(2 * day)
    .fails('bill')
    .passes(599_999);
  expect(basic.at('bill').state).toBe('retrying');
  basic.passes(1).completes('bill').isIn('COMPLETED');
});

function problems(task: string): readonly string[] {
  const content = `workflow:
  id: w
  version: 1
  input: {properties: {n: {type: integer}}, required: [n]}
  tasks:
    - ${task}
`;

  return checkText({ file: 'w.yaml', content }).problems.map(({ code }) => code);
}
