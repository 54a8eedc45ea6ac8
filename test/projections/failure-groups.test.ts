// Which failures are one and the same to a person. Method: failures as runs tell them, and the groups as a whole.
import { expect, test } from 'vitest';
import type { RunSummary } from '../../src/ports/workflows.ts';
import { alike, failureGroups, type RunFailure } from '../../src/projections/failure-groups.ts';
import { parseWhere } from '../../src/projections/where.ts';

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

  return { run, sequence: 5, updatedAt: endedAt, head: { ...head, active: [], settled: 1, tasks: 1 } };
}

function groups(
  failures: readonly RunFailure[],
  acknowledged: Parameters<typeof failureGroups>[1]['acknowledged'] = new Map(),
) {
  return failureGroups(failures, { lines: failures.map(lineOf), acknowledged });
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
  const key = groups([failure('a1', { at: at(5) })])[0]?.key ?? '';
  const known = new Map([[key, { by: 'ana', at: at(6), note: 'known' }]]);
  const [before] = groups([failure('a1', { at: at(5) })], known);
  const [after] = groups([failure('a1', { at: at(5) }), failure('b2', { at: at(7) })], known);

  expect(before?.acknowledged).toEqual({ by: 'ana', at: at(6), note: 'known' });
  expect(after?.acknowledged).toBeUndefined();
});
