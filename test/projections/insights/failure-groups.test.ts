// Which failures are one and the same to a person. Method: failures as runs tell them, and the groups as a whole.

import { expect, test } from 'vitest';
import { alike, failureKeyOf } from '../../../machines/run/record/failure-key.ts';
import type { Triage } from '../../../src/ports/runs/failure-triage.ts';
import type { RunSummary } from '../../../src/ports/runs/run-index.ts';
import type { RunView } from '../../../src/ports/runs/workflows.ts';
import {
  failureGroups,
  type RunFailure,
  runFailureOf,
} from '../../../src/projections/insights/failure-groups.ts';
import { parseWhere } from '../../../src/projections/where.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 10, minute)).toISOString();

function failure(run: string, more: Partial<RunFailure> = {}): RunFailure {
  return {
    ...{ run, definition: 'orders', version: 1, status: 'FAILED', task: 'pay' },
    ...{ code: 'http.status', message: `order ${run.charCodeAt(0)} got 503`, at: at(0) },
    ...more,
  };
}

function lineOf({ run, definition: id, version, status, code, at: endedAt }: RunFailure): RunSummary {
  const definition = { id, version, hash: `${id}${version}` };
  const head = { definition, status: status as 'FAILED', error: code, startedAt: at(0), endedAt };

  return {
    run,
    sequence: 5,
    position: 5,
    updatedAt: endedAt,
    head: { ...head, active: [], settled: 1, tasks: 1 },
  };
}

const key = failureKeyOf(failure('a1'));

function groups(failures: readonly RunFailure[], said: Triage = {}, now = at(30)) {
  const triage = new Map([[key, said]]);

  const rivals = new Map(
    failures.map((each) => [
      failureKeyOf(each),
      failures.filter(({ definition }) => definition === each.definition).map(lineOf),
    ]),
  );

  return failureGroups(failures, { rivals, triage, nowMs: Date.parse(now) });
}

test.each([
  ['file /srv/a/b.csv is not there', 'file data/c.csv is not there'],
  ['took 30.5 s, more than 10', 'took 7 s, more than 1,000'],
  ['order "a b" is unknown', "order 'c' is unknown"],
  ['run 01KAP0QJ0V8Q0M2Z5Y3X7W9T4R is gone', 'run 01KAP0QJ0V8Q0M2Z5Y3X7W9T5S is gone'],
  ['id 7d1f0a52-8a0e-4f0e-9d3c-0c1d2e3f4a5b', 'id 00000000-8a0e-4f0e-9d3c-0c1d2e3f4a5b'],
  ['commit 1a2b3c4d5e', 'commit 0f0f0f0f0f'],
  ['line\n  two', 'line two'],
])('%j and %j are the same failure', (one, other) => {
  expect(alike(one)).toBe(alike(other));
});

test('of a long message the beginning counts, and a word without an end is looked at once', () => {
  const long = 'a'.repeat(2_000_000);
  expect(alike(`it failed: ${long} b`)).toBe(alike(`it failed: ${long} c`));
  expect(alike(`${'x-'.repeat(900)}/srv/a`)).toBe('<path>');
});

test('other words are another failure', () => {
  expect(alike('the disk is full')).not.toBe(alike('the disk is gone'));
  expect(alike('deadbeef is no number')).toBe('deadbeef is no number');
});

test('a group tells its runs, versions and workers, and when it began and was met last', () => {
  const [group, ...others] = groups([
    failure('a1', { worker: 'w2', at: at(3) }),
    failure('b2', { worker: 'w1', version: 2, at: at(9), task: 'loop[7].pay' }),
    failure('c3', { at: at(1) }),
  ]);
  expect(others).toEqual([]);

  expect(group).toEqual({
    ...{ key: expect.stringMatching(/^[0-9a-f]{16}$/), definition: 'orders', versions: [2, 1], task: 'pay' },
    ...{ code: 'http.status', message: 'order 98 got 503', count: 3, firstAt: at(1), lastAt: at(9) },
    ...{ workers: ['w1', 'w2'], runs: ['b2', 'a1', 'c3'] },
    where: 'definition=orders status=FAILED error=http.status',
  });
});

test('another task, error or definition is another group, the latest first', () => {
  const found = groups([
    failure('a1', { at: at(1) }),
    failure('b2', { at: at(2), task: 'ship' }),
    failure('c3', { at: at(3), code: 'http.timeout' }),
    failure('d4', { at: at(4), definition: 'returns' }),
  ]);

  expect(found.map(({ runs }) => runs)).toEqual([['d4'], ['c3'], ['b2'], ['a1']]);
});

test('the terms of a group find its runs and no other', () => {
  const failures = [
    failure('a1'),
    failure('b2', { task: 'ship' }),
    failure('c3', { code: 'run timed out', status: 'TIMED_OUT' }),
    failure('d4', { definition: 'returns' }),
  ];
  const lines = failures.map(lineOf);
  for (const { where, runs } of groups(failures)) {
    expect(lines.filter(parseWhere([where])).map(({ run }) => run)).toEqual(runs);
  }
});

test('an acknowledgement counts until the group fails again', () => {
  const acknowledged = { by: 'ana', at: at(6), note: 'known' };
  const [before] = groups([failure('a1', { at: at(5) })], { acknowledged });
  const [after] = groups([failure('a1', { at: at(5) }), failure('b2', { at: at(7) })], { acknowledged });

  expect(before?.acknowledged).toEqual({ by: 'ana', at: at(6), note: 'known' });
  expect(after?.acknowledged).toBeUndefined();
});

test('who looks after a group stays with it when it fails again', () => {
  const assigned = { to: 'ben', by: 'ana', at: at(6) };
  const [group] = groups([failure('a1', { at: at(5) }), failure('b2', { at: at(7) })], { assigned });

  expect(group?.assigned).toEqual(assigned);
});

test('a group is muted, also when it fails again, until the time is over or a later version fails', () => {
  const muted = { until: at(20), by: 'ana', at: at(6), definition: 'orders', version: 2 };
  const known = failure('a1', { at: at(5), version: 2 });
  const mutedOf = (failures: readonly RunFailure[], now: string) =>
    groups(failures, { muted }, now)[0]?.muted;

  expect(mutedOf([known], at(7))).toEqual(muted);
  expect(mutedOf([known, failure('b2', { at: at(8), version: 1 })], at(19))).toEqual(muted);
  expect(mutedOf([known], at(20))).toBeUndefined();
  expect(mutedOf([known, failure('b2', { at: at(8), version: 3 })], at(9))).toBeUndefined();
});

test('of what an early release kept of a command, the line that names the error counts', () => {
  const stderr =
    "x.js:1\n  ^\n\nTypeError: Cannot read 'a' of undefined\n    at x.js:1:1\n\nNode.js v20.1.0\n";
  const error = { code: 'exec.failed', message: 'exit 1, saying: Node.js v20.1.0', retryable: true };
  const told = runFailureOf(viewFailed({ ...error, details: { stderr } }));
  const plain = runFailureOf(viewFailed(error));

  expect(told.message).toBe("exit 1, saying: TypeError: Cannot read 'a' of undefined");
  expect(plain.message).toBe('exit 1, saying: Node.js v20.1.0');
});

/** As much of the view of a run as tells how it failed. */
function viewFailed(error: RunView['state']['error']): RunView {
  const { head } = lineOf(failure('a1'));

  return { run: 'a1', updatedAt: at(1), state: { ...head, tasks: {}, error } } as unknown as RunView;
}
