// What a run waits for, from its line alone and from who is there: one rule for lists, Home and the command line.
import { expect, test } from 'vitest';
import type { Head } from '../../../events/record.ts';
import type { RunSummary } from '../../../src/ports/runs/run-index.ts';
import type { Surroundings } from '../../../src/ports/work/surroundings.ts';
import { openNeeds, runWait, waitCounts, waitingByNeed } from '../../../src/projections/run/run-wait.ts';

const nowMs = Date.parse('2026-01-01T10:00:00.000Z');
const everybody: Surroundings = {
  isOwned: () => true,
  atAgent: () => undefined,
  forSkills: () => undefined,
};
const nobody: Surroundings = {
  isOwned: () => false,
  atAgent: (agent) => ({ reason: `nobody is ${agent}`, fix: `workflow worker ${agent}`, unattended: true }),
  forSkills: ([skill]) => ({ reason: `nobody can do ${skill}`, unattended: true }),
};

function lineOf(head: Partial<Head>, run = 'run-1', updatedAt = '2026-01-01T09:00:00.000Z'): RunSummary {
  const active = [{ task: 'act', status: 'WAITING' }];
  const plain = { status: 'RUNNING', startedAt: updatedAt, settled: 0, tasks: 1, active } as const;
  const definition = { id: 'orders', version: 1, hash: 'x' };

  return { run, sequence: 3, position: 3, updatedAt, head: { definition, ...plain, ...head } };
}

const scheduled = [{ task: 'act', status: 'SCHEDULED' }];

test.each([
  ['an approval', { active: [{ task: 'act', status: 'PENDING_APPROVAL' }] }, 'person'],
  ['a pause', { status: 'PAUSED' as const }, 'person'],
  ['to be completed by hand', { idle: true as const }, 'person'],
  ['an agent that is not there', { active: scheduled, agents: ['PAINTER'] }, 'agent'],
  ['a skill that nobody has', { active: scheduled, skills: ['painting'] }, 'agent'],
  ['an engine', { active: scheduled }, 'engine'],
  ['an engine once its time has come', { idle: true as const, dueAt: '2026-01-01T09:59:00.000Z' }, 'engine'],
])('it waits for %s, and needs somebody', (_what, head, of) => {
  expect(runWait(lineOf(head), nobody, nowMs)).toMatchObject({ for: of, needsYou: true });
});

test.each([
  ['a signal', { idle: true as const, awaits: ['paid'], dueAt: '2026-01-02T00:00:00.000Z' }, 'signal'],
  ['a time', { idle: true as const, dueAt: '2026-01-02T00:00:00.000Z' }, 'time'],
  [
    'another attempt',
    { active: [{ task: 'act', status: 'RETRYING' }], dueAt: '2026-01-02T00:00:00.000Z' },
    'time',
  ],
  ['its turn', { active: [] }, 'place'],
  ['room', { active: scheduled }, 'place'],
  ['a run that it started', {}, 'run'],
])('it waits for %s, and needs nobody here', (_what, head, of) => {
  expect(runWait(lineOf(head), everybody, nowMs)).toMatchObject({ for: of, needsYou: false });
});

test('a run at work does not wait, nor one that is about to be, nor one that is over', () => {
  const working = lineOf({ active: [{ task: 'act', status: 'IN_PROGRESS' }] });
  const begun = lineOf({ active: scheduled }, 'run-2', '2026-01-01T09:59:59.000Z');
  const over = lineOf({ status: 'FAILED', endedAt: '2026-01-01T09:00:00.000Z', active: [] });
  for (const line of [working, begun, over]) expect(runWait(line, everybody, nowMs)).toBeUndefined();
});

test('an agent that is there no longer holds up nothing that it has begun', () => {
  const working = lineOf({ active: [{ task: 'act', status: 'IN_PROGRESS' }], agents: ['PAINTER'] });
  const asking = lineOf({
    active: [{ task: 'sign', status: 'WAITING' }],
    agents: ['PAINTER'],
    awaits: ['go'],
  });
  const alone = { ...nobody, isOwned: () => true };

  expect(runWait(working, alone, nowMs)).toBeUndefined();
  expect(runWait(asking, alone, nowMs)).toMatchObject({ for: 'signal', needsYou: false });
});

test('where nothing is known of engines and agents, nothing is said of them', () => {
  const unknown = { ...nobody, isOwned: () => undefined, atAgent: () => undefined };
  const line = lineOf({ active: [{ task: 'act', status: 'IN_PROGRESS' }], agents: ['PAINTER'] });
  expect(runWait(line, unknown, nowMs)).toBeUndefined();
});

test('what a person should do comes first, the oldest first, and the same is said once', () => {
  const asks = (since: string): Partial<Head> => ({ asks: [{ task: 'sign', since }] });
  const lines = [
    lineOf({ active: scheduled, agents: ['PAINTER'] }, 'run-1'),
    lineOf(asks('2026-01-01T08:00:00.000Z'), 'run-2'),
    lineOf({ active: scheduled, agents: ['PAINTER'] }, 'run-3'),
    lineOf(asks('2026-01-01T07:00:00.000Z'), 'run-4'),
    lineOf({ status: 'PAUSED' }, 'run-5'),
  ];
  const waiting = waitingByNeed(lines, (line) => runWait(line, nobody, nowMs));
  const needs = openNeeds(waiting).map(({ line, alike }) => [line.run, alike]);

  expect(needs).toEqual([
    ['run-4', 2],
    ['run-5', 1],
    ['run-1', 2],
  ]);
  expect(waitCounts(waiting)).toEqual({ WAITS_FOR_AGENT: 2, WAITS_FOR_PERSON: 2 });
});
