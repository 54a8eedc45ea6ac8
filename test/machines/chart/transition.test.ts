// What the chart takes, and what it does not. Method: facts that no longer fit are put before the chart as they are,
// and commands that would lead to them before the decider.
import { expect, test } from 'vitest';
import type { Fact } from '../../../events/catalogue.ts';
import { descriptorOf } from '../../../machines/chart/chart-event.ts';
import { transition } from '../../../machines/chart/transition.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, startedRun } from '../../support/run-spec.ts';

const listed = 'input: {optional: [{list: [a, b]}]}';
const list = ['a', 'b'];

function takes(driven: Driven, fact: Fact): boolean {
  const { chart, state } = driven.run();

  return (
    transition(chart, state, {
      type: descriptorOf(fact),
      fact,
      time: '2026-01-01T00:00:00.000Z',
      actor: 'test',
    }) !== undefined
  );
}

const completed = (task: string, attempt: number): Fact => ({
  type: 'task.completed',
  data: { task, attempt, output: null },
});

test('a fact about a task that is not there, not open or on another attempt is not taken', () => {
  const run = startedRun(
    chartOf(
      `
      - {id: each, type: FORK, for_each: "\${workflow.input.list}", tasks: [{id: pay, uses: noop}]}
      - {id: other, uses: noop}
    `,
      listed,
    ),
    { list },
  ).completes('each[0].pay');

  expect(takes(run, completed('other', 1))).toBe(true);
  expect(takes(run, completed('each[1].pay', 1))).toBe(true);
  for (const task of [
    'nobody',
    'pay',
    'each[0].pay',
    'each[2].pay',
    'each:2[1].pay',
    'other[0].pay',
    'each[1',
  ])
    expect(takes(run, completed(task, 1)), task).toBe(false);
  expect(takes(run, completed('other', 2))).toBe(false);
});

test('nothing is taken before a run began or once it is over, but what has it go on', () => {
  const run = startedRun(chartOf('- {id: a, uses: noop}')).fails('a');

  expect(takes(run, completed('a', 1))).toBe(false);
  expect(takes(run, { type: 'run.paused', data: {} })).toBe(false);
  expect(takes(run, { type: 'run.retried', data: {} })).toBe(true);
});

const inEach = (body: string) =>
  startedRun(
    chartOf(
      `- {id: each, type: FORK, tolerate_failures: 1, for_each: "\${workflow.input.list}", tasks: [{id: pay, uses: noop}, ${body}]}`,
      listed,
    ),
    { list },
  );
const by = { worker: 'w', startedAt: '' };
const at = { task: 'each[0].t', attempt: 1 };
const child = { run: 'c', definition: { id: 'other', version: 1, hash: 'f'.repeat(64) }, input: {} };

/** A task in a pass that its neighbour takes down, and all that somebody who does not know yet may ask of it. */
const givenUp: readonly (readonly [string, string, readonly Command[]])[] = [
  [
    'task.not-open',
    '{id: t, uses: noop}',
    [
      { kind: 'startTask', ...at, worker: 'w' },
      { kind: 'heartbeat', ...at },
      { kind: 'completeTask', ...at, ...by, output: 1 },
      { kind: 'failTask', ...at, ...by, error: { code: 'x', message: 'x', retryable: true } },
      { kind: 'skipTask', task: at.task },
      { kind: 'resolveTask', task: at.task, output: 1 },
    ],
  ],
  [
    'approval.settled',
    '{id: t, type: HUMAN, wait_for_approval: true}',
    [
      { kind: 'approve', task: at.task, by: 'ana' },
      { kind: 'reject', task: at.task, by: 'ana' },
    ],
  ],
  ['task.not-open', '{id: t, type: SUB_WORKFLOW, workflow: other}', [{ kind: 'delegate', ...at, child }]],
  [
    'task.not-open',
    '{id: t, type: NOOP, output_to: t.json}',
    [{ kind: 'completeTask', ...at, ...by, output: 1 }],
  ],
];

test.each(givenUp)('%s is what is said of a task whose pass was given up: %s', (code, body, commands) => {
  const run = inEach(body);
  const taken = commands.filter((command) => decide(run.run(), command).ok).map(({ kind }) => kind);
  expect(taken).toEqual(commands.map(({ kind }) => kind).filter((kind) => kind !== 'heartbeat'));

  run.fails('each[0].pay').isIn('RUNNING');
  for (const command of commands) run.refuses(command, code);
  expect(takes(run, { type: 'task.skipped', data: { task: 'each[0].t' } })).toBe(false);
});

test('nothing is evaluated any more in a pass that was given up', () => {
  const run = inEach('{id: t, type: WAIT, signal: go}').fails('each[0].pay');
  expect(run.at('each[0].t').state).toBe('awaiting');
  run.refuses({ kind: 'evaluate', task: 'each[0].t' }, 'task.nothing-to-evaluate');

  run.does({ kind: 'signal', name: 'go', data: 1 });
  expect(run.at('each[0].t').state).toBe('awaiting');
  expect(run.at('each[1].t').state).toBe('completed');
});
