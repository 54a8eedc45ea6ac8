// What could happen to a run next is asked of the core, so that it is never another thing than what would be accepted.
// Method: runs of the pure core in which everything that can wait does, and a check that what is told is true.
import { expect, test } from 'vitest';
import type { Chart } from '../../../machines/chart/chart.ts';
import { enabledEvents, notEnabled } from '../../../src/projections/task/enabled-events.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

function nextOf(chart: Chart, driven: Driven) {
  const { state, sequence } = driven.run();

  return enabledEvents({ definition: chart.definition, state, sequence });
}

/** `event: who` of what could happen to one task. */
function of(task: string, chart: Chart, driven: Driven): readonly string[] {
  return nextOf(chart, driven)
    .events.filter((each) => each.task === task)
    .map(({ event, who }) => `${event}: ${who}`);
}

const everything = chartOf(`
  - { id: hear, type: WAIT, signal: paid, match: '\${event.data.total > 3}' }
  - { id: later, type: WAIT, until: '2099-01-01T00:00:00Z' }
  - { id: far, assigned_to: SCOUT, output: [place], timeout: 1h }
  - { id: able, requires: [fly, land] }
  - { id: near, run: { command: ['true'] } }
  - { id: call, type: HTTP, request: { url: 'http://localhost/' } }
  - { id: other, type: SUB_WORKFLOW, workflow: child }
  - { id: form, type: HUMAN, approvers: { level: L2 }, form: { required: [why] } }
  - { id: last, type: NOOP, depends_on: [hear, later, far, able, near, call, other, form] }
`);

test('each task says what may end it, and who', () => {
  const run = startedRun(everything);
  const byHand = ['task.skipped: L1 or above', 'task.resolved: L1 or above'];
  const attempt = (who: string) =>
    ['task.started', 'task.completed', 'task.failed'].map((event) => `${event}: ${who}`);

  expect(of('hear', everything, run)).toEqual(['signal.received: L2 or above', ...byHand]);
  expect(of('later', everything, run)).toEqual([...byHand, 'timer.fired: the clock (wait.elapsed)']);
  expect(of('far', everything, run)).toEqual([...attempt('the agent SCOUT'), ...byHand]);
  expect(of('able', everything, run)).toEqual([...attempt('an agent with the skills fly, land'), ...byHand]);
  expect(of('near', everything, run)).toEqual([...attempt('the engine, by its command'), ...byHand]);
  expect(of('call', everything, run)).toEqual([...attempt('the engine'), ...byHand]);
  expect(of('other', everything, run)).toEqual(['child.started: the engine', ...byHand]);
  expect(of('form', everything, run).slice(0, 2)).toEqual([
    'approval.granted: L2 or above',
    'approval.denied: L2 or above',
  ]);
  expect(of('last', everything, run)).toEqual(byHand);
});

test('an attempt that was begun says by whom, and when its time is up', () => {
  const run = startedRun(everything).does({ kind: 'startTask', task: 'far', attempt: 1, worker: 'w-7' });
  const { events } = nextOf(everything, run);
  const timer = events.find(({ event, task }) => event === 'timer.fired' && task === 'far');

  expect(of('far', everything, run)).toContain('task.completed: the agent SCOUT (worker w-7)');
  expect(of('far', everything, run)).not.toContain('task.started: the agent SCOUT (worker w-7)');
  expect(timer).toMatchObject({ who: 'the clock (task.timeout)', at: '2026-01-01T01:00:00.000Z' });
});

test('a task that another run carries out waits for the end of that run', () => {
  const definition = { id: 'child', version: 1, hash: 'f'.repeat(64) };
  const run = startedRun(everything).does({
    kind: 'delegate',
    task: 'other',
    attempt: 1,
    child: { run: 'the-child', definition, input: {} },
  });

  expect(of('other', everything, run)[0]).toBe('child.ended: the run the-child');
});

test('a paused run can be resumed, and what was under way can still end', () => {
  const run = startedRun(everything)
    .does({ kind: 'startTask', task: 'near', attempt: 1, worker: 'w' })
    .does({ kind: 'pauseRun' });

  expect(nextOf(everything, run).commands.map(({ event }) => event)).toEqual([
    'run.resumed',
    'run.cancelled',
    'run.terminated',
    'run.forked',
  ]);
  expect(of('near', everything, run)).toContain('task.completed: the engine, by its command');
  expect(nextOf(everything, run).events.some(({ event }) => event === 'timer.fired')).toBe(false);
});

test('a domain is asked of whoever forks a run that has one', () => {
  const chart = chartOf(`- { id: a, assigned_to: X }`, 'labels: { domain: money }');

  expect(nextOf(chart, startedRun(chart)).commands.at(-1)).toEqual({
    event: 'run.forked',
    who: 'L1 or above, or L2 of the domain money',
    command: ['fork', 'test-run', '--at', '1'],
  });
});

test('of a fan-out of very many, the first are told and the rest are counted', () => {
  const chart = chartOf(
    `
    - { id: all, type: FORK, for_each: '\${workflow.input.items}', as: item, tasks: [{ id: one, assigned_to: X }] }
  `,
    'input: { required: [items] }',
  );
  const run = startedRun(chart, { items: Array.from({ length: 60 }, (_, index) => index) });
  const { events, omitted } = nextOf(chart, run);

  expect(
    events.filter(({ event, task }) => event === 'task.completed' && task?.endsWith('.one')),
  ).toHaveLength(20);
  expect(omitted).toBe(5 * 40);
});

test('a fan-out of very many hides neither the approvals nor the timers of other tasks', () => {
  const chart = chartOf(
    `
    - { id: all, type: FORK, for_each: '\${workflow.input.items}', as: item, tasks: [{ id: one, assigned_to: X }] }
    - { id: agree, type: HUMAN, approvers: { names: [ana] }, timeout: 2h, on_timeout: reject }
  `,
    'input: { required: [items] }',
  );
  const run = startedRun(chart, { items: Array.from({ length: 60 }, (_, index) => index) });

  expect(of('agree', chart, run)).toContain('approval.granted: ana');
  expect(of('agree', chart, run)).toContain('timer.fired: the clock (approval.timeout)');
});

const booking = chartOf(
  `
  - { id: book, compensate: unbook, run: { command: ['true'] } }
  - { id: unbook, type: NOOP }
  - { id: agree, type: HUMAN, depends_on: book, approvers: { names: [ana] } }
`,
  `input: { required: [city], properties: { city: {}, pin: { secret: true }, days: { type: array } } }`,
);

function refusals(chart: Chart, driven: Driven): Readonly<Record<string, string>> {
  const { state, sequence } = driven.run();
  const told = notEnabled({ definition: chart.definition, state, sequence });

  return Object.fromEntries(told.map(({ command, reason }) => [command, reason]));
}

test('what is over is started again with what it was given, but for its secrets', () => {
  const run = startedRun(booking, { city: 'La Paz', pin: '1234', days: [1, 2] });
  const begun = nextOf(booking, run).commands.map(({ event }) => event);
  run.does({ kind: 'terminateRun' });

  expect(begun).not.toContain('run.started');
  expect(nextOf(booking, run).commands.at(-1)).toEqual({
    event: 'run.started',
    who: 'L1 or above',
    command: ['start', 'under-test', '-i', 'city=La Paz', '-i', 'days=[1,2]'],
  });
});

test('what another run started is not started again by itself', () => {
  const { state, sequence } = startedRun(booking, { city: 'Lima' }).does({ kind: 'terminateRun' }).run();
  const part = { ...state, parent: { run: 'whole', task: 'book', attempt: 1 } };
  const told = enabledEvents({ definition: booking.definition, state: part, sequence });

  expect(told.commands.map(({ event }) => event)).not.toContain('run.started');
});

test.each([
  ['longer than anybody types', 'x'.repeat(3_000)],
  ['no text that a terminal shows as it is', 'a\u001b[2Jb'],
])('inputs of which one is %s come from a file', (_what, city) => {
  const run = startedRun(booking, { city }).does({ kind: 'terminateRun' });

  expect(nextOf(booking, run).commands.at(-1)?.command).toEqual(['start', 'under-test', '--input', '<file>']);
});

test('what cannot be asked of a run now says why', () => {
  const run = startedRun(booking, { city: 'Lima' });

  expect(refusals(booking, run)).toEqual({
    resume: 'the run is not paused',
    retry: 'the run is RUNNING: only one that did not complete is retried',
    'dead-letters drop': 'the run is RUNNING: it left no dead letter',
    rerun: 'the run is RUNNING: terminate or cancel it before a rerun',
    approve: 'no task of the run asks for an approval now',
  });
  run.does({ kind: 'terminateRun' });
  expect(Object.keys(refusals(booking, run))).toEqual(
    expect.arrayContaining(['pause', 'resume', 'cancel', 'terminate', 'approve']),
  );
});
