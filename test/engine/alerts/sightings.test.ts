// What there is to be seen for alert rules. Method: lines of runs as the board has them, and answers as the engine
// gives them; compare the whole of what is seen.

import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { parseStored } from '../../../machines/run/record/stored-record.ts';
import { alertKinds } from '../../../machines/serve-file/served.ts';
import { runSightings } from '../../../src/engine/alerts/alerts.ts';
import { createAskedSightings } from '../../../src/engine/alerts/asked-sightings.ts';
import type { BoardLine } from '../../../src/ports/runs/board.ts';
import { chartOf } from '../../support/chart-of.ts';
import { boardOf } from '../../support/indexed.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { startedRun } from '../../support/run-spec.ts';
import { noReader } from './alerts-world.ts';

const at = (seconds: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1_000).toISOString();

const all = { kinds: new Set(alertKinds), fromMs: Date.parse(at(0)) };

function line(run: string, head: Partial<BoardLine['head']>, more: Partial<BoardLine> = {}): BoardLine {
  const definition = { id: 'pay', version: 1, hash: 'h' };
  const whole = {
    definition,
    status: 'RUNNING' as const,
    startedAt: at(0),
    settled: 0,
    tasks: 1,
    active: [],
  };

  return { run, sequence: 3, updatedAt: at(9), position: 1, head: { ...whole, ...head }, ...more };
}

const sightings = (lines: readonly BoardLine[], wanted: Parameters<typeof runSightings>[1]) =>
  runSightings(
    boardOf(() => lines),
    wanted,
  );

test('of runs that ended well or by hand there is nothing to say', async () => {
  expect(
    await sightings(
      [
        line('01a', { status: 'COMPLETED', endedAt: at(5) }),
        line('01b', { status: 'TERMINATED', endedAt: at(5) }),
      ],
      all,
    ),
  ).toEqual([]);
});

test('failed, timed out, quarantined and under way are each told as what they are', async () => {
  const active = [{ task: 'sign', status: 'PENDING_APPROVAL' }];
  const damage = { code: 'journal.altered', sequence: 2, position: 7, message: 'the hash differs' };
  const seen = await sightings(
    [
      line('01a', { status: 'FAILED', endedAt: at(5), error: 'paint.dry' }),
      line('01b', { status: 'TIMED_OUT', endedAt: at(6) }),
      line('01c', {}, { damage }),
      line('01d', { active }),
    ],
    all,
  );
  expect(seen.map(({ on, text, sinceMs }) => [on, text, new Date(sinceMs).toISOString()])).toEqual([
    ['run_failed', 'run 01b of pay timed out', at(6)],
    ['run_failed', 'run 01a of pay failed: paint.dry', at(5)],
    ['run_quarantined', 'run 01c of pay is quarantined: the hash differs', at(9)],
    ['run_late', 'run 01d of pay has been under way, at sign (PENDING_APPROVAL)', at(0)],
  ]);
});

test('what ended long ago, and what no rule looks for, is left out', async () => {
  const failed = line('01a', { status: 'FAILED', endedAt: at(5) });
  const on = async (wanted: Parameters<typeof runSightings>[1]) =>
    (await sightings([failed, line('01b', {})], wanted)).map(({ on }) => on);
  expect(await on({ ...all, fromMs: Date.parse(at(9)) })).toEqual(['run_failed', 'run_late']);
  expect(await on({ ...all, fromMs: Date.parse(at(10)) })).toEqual(['run_late']);
  expect(await on({ ...all, kinds: new Set(['run_failed']) })).toEqual(['run_failed']);
});

test('how long runs take as a rule is told of each definition alone', async () => {
  const other = { id: 'ship', version: 1, hash: 'h' };
  const ended = [4, 6, 8].map((seconds, index) =>
    line(`01${index}`, { status: 'COMPLETED', endedAt: at(seconds) }),
  );
  const seen = await sightings([...ended, line('01x', {}), line('01y', { definition: other })], all);
  expect(seen.map(({ run, usualMs }) => [run, usualMs])).toEqual([
    ['01x', 6_000],
    ['01y', undefined],
  ]);
});

test('approvals are told from the index, dead letters are asked for once while nothing happens in their run', async () => {
  const loaded = loadDefinition({
    file: 'a.yaml',
    content: 'workflow: {id: pay, version: 1, tasks: [{id: sign, type: HUMAN, wait_for_approval: true}]}',
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const [task] = loaded.loaded.definition.tasks;
  if (task?.type !== 'HUMAN') throw new Error('no approval');
  const definition = { id: 'pay', version: 1, hash: 'h' };
  const lines = [
    line('01a', { active: [{ task: 'sign', status: 'PENDING_APPROVAL' }] }),
    line('01b', {}),
    line('01c', { status: 'FAILED', endedAt: at(9) }),
    line('01d', { status: 'FAILED', endedAt: at(7) }, { updatedAt: at(7) }),
  ];
  const asked: (string | undefined)[] = [];
  const look = createAskedSightings({
    board: boardOf(() => lines),
    clock: createManualClock(Date.parse(at(60))),
    agents: { agents: () => [], depths: async () => undefined },
    reader: noReader,
    workflows: {
      waitingApprovals: async () => [
        { run: '01a', definition, address: 'sign', task, since: at(3), dueAt: undefined, isEscalated: false },
      ],
      deadLetters: async ({ run = '' } = {}) => {
        asked.push(run);
        return [{ run, definition, task: 'ship', attempts: 3, at: at(4), status: 'FAILED' }];
      },
    },
  });
  const both = { kinds: new Set(['approval_waiting', 'dead_letter'] as const), fromMs: Date.parse(at(8)) };
  const texts = async () => (await look(both)).map(({ text, sinceMs }) => [text, sinceMs]);
  const expected = [
    ['approval of sign in run 01a of pay has been waiting', Date.parse(at(3))],
    ['ship of run 01c of pay is a dead letter after 3 attempts', Date.parse(at(4))],
  ];
  expect(await texts()).toEqual(expected);
  expect(await texts()).toEqual(expected);
  // What failed before `fromMs` is not asked for at all.
  expect(asked).toEqual(['01c']);
  expect(await look({ ...both, kinds: new Set(['run_failed']) })).toEqual([]);
});

test('a run that could not be read for a moment is asked again: what waits in it is not forgotten', async () => {
  let isAway = true;
  const look = createAskedSightings({
    board: boardOf(() => [line('01c', { status: 'PAUSED' })]),
    clock: createManualClock(Date.parse(at(60))),
    agents: { agents: () => [], depths: async () => undefined },
    reader: noReader,
    workflows: {
      waitingApprovals: async () => [],
      deadLetters: async () => {
        if (isAway) throw new Error('no server');
        const definition = { id: 'pay', version: 1, hash: 'h' };
        return [{ run: '01c', definition, task: 'ship', attempts: 1, at: at(4), status: 'PAUSED' }];
      },
    },
  });
  const subjects = async () =>
    (await look({ kinds: new Set(['dead_letter']), fromMs: 0 })).map(({ subject }) => subject);
  expect(await subjects()).toEqual([]);
  isAway = false;
  expect(await subjects()).toEqual([`01c ship ${at(4)}`]);
});

test('thresholds that a run has passed are told of, and those that it will pass while it is under way', async () => {
  const watched =
    'monitoring: { thresholds: { execution_time: 30s, retry_count: 0, task_success_rate: 0.9 } }';
  const chart = chartOf(
    '- { id: pay, uses: notify, retry_policy: { max_attempts: 2, initial_delay: 1s } }',
    watched,
  );
  const run = startedRun(chart).fails('pay', 'card.slow').passes(1_000).fails('pay', 'card.slow');
  const stored = run.bodies.map((body, index) => parseStored({ run: 'test-run', position: index + 1, body }));
  let reads = 0;
  const look = createAskedSightings({
    board: boardOf(() => [line('test-run', { status: 'FAILED', endedAt: at(1) })]),
    clock: createManualClock(Date.parse(at(60))),
    agents: { agents: () => [], depths: async () => undefined },
    reader: {
      charts: { byHash: async () => chart },
      entries: async function* () {
        reads += 1;
        yield* stored;
      },
    },
    workflows: { waitingApprovals: async () => [], deadLetters: async () => [] },
  });
  const seen = async () =>
    (await look({ kinds: new Set(['threshold_passed']), fromMs: 0 })).map(({ text, sinceMs }) => [
      text,
      sinceMs,
    ]);

  const expected = [
    ['run test-run of pay passed its threshold retry_count: an attempt was tried again', Date.parse(at(0))],
    [
      'run test-run of pay passed its threshold task_success_rate: 0 % of its tasks completed, of at least 90 %',
      Date.parse(at(1)),
    ],
  ];
  expect(await seen()).toEqual(expected);
  expect(await seen()).toEqual(expected);
  expect(reads).toBe(1);
});

test('of a run that goes on only what came since is read for its thresholds', async () => {
  const chart = chartOf(
    '- { id: pay, uses: notify, retry_policy: { max_attempts: 2, initial_delay: 1s } }',
    'monitoring: { thresholds: { retry_count: 0, task_success_rate: 0.9 } }',
  );
  const run = startedRun(chart).fails('pay', 'card.slow').passes(1_000).fails('pay', 'card.slow');
  const stored = run.bodies.map((body, index) => parseStored({ run: 'test-run', position: index + 1, body }));
  let there = 2;
  const read: number[] = [];
  const look = createAskedSightings({
    board: boardOf(() => [{ ...line('test-run', { status: 'RUNNING' }), sequence: there }]),
    clock: createManualClock(Date.parse(at(60))),
    agents: { agents: () => [], depths: async () => undefined },
    reader: {
      charts: { byHash: async () => chart },
      entries: async function* (_run, { after = 0 } = {}) {
        for (const each of stored.slice(after, there)) {
          read.push(each.position);
          yield each;
        }
      },
    },
    workflows: { waitingApprovals: async () => [], deadLetters: async () => [] },
  });
  const wanted = { kinds: new Set(['threshold_passed'] as const), fromMs: 0 };
  await look(wanted);
  there = stored.length;
  const seen = await look(wanted);

  expect(seen.map(({ subject }) => subject.split(' ')[1])).toEqual(['retry_count', 'task_success_rate']);
  expect(read).toEqual(stored.map(({ position }) => position));
});
