// Which runs may leave the journal. Method: small families of runs, one question, and the whole answer compared.
import { expect, test } from 'vitest';
import { dueRuns, isWorthCarrying, type KnownRun, policyText } from '../../../machines/retention/due-runs.ts';
import type { Retention } from '../../../machines/retention/retention.ts';

const day = 86_400_000;
const nowMs = 100 * day;

const keeping = (days: number, after: Retention['after'] = 'archive') => ({
  retention: { keepMs: days * day, after },
  of: `orders version ${days}`,
});

/** A run that ended so many days ago, by default with 30 days of its own. */
function ended(run: string, daysAgo: number, more: Partial<KnownRun> = {}): KnownRun {
  const endedAtMs = nowMs - daysAgo * day;

  return {
    ...{ run, endedAtMs, position: 10, sequence: 5, parent: undefined, isLeftAlone: false },
    ...{ own: keeping(30), ...more },
  };
}

function due(runs: readonly KnownRun[], more: Partial<Parameters<typeof dueRuns>[1]> = {}) {
  const known = new Map(runs.map((run) => [run.run, run]));
  const { families, held } = dueRuns(known, { nowMs, usual: undefined, toldTo: 1_000, ...more });

  return {
    families: families.map((family) => family.map(({ run, policy }) => `${run} ${policy.of}`)),
    held: Object.fromEntries(held),
  };
}

test('a run goes when its time is over, the longest due first, and not a moment before', () => {
  const runs = [ended('a', 30), ended('b', 29.9), ended('c', 40)];

  expect(due(runs)).toEqual({
    families: [['c orders version 30'], ['a orders version 30']],
    held: {},
  });
});

test('a run whose definition says nothing stays as the project says, and for ever where that says nothing', () => {
  const silent = [ended('a', 50, { own: undefined })];

  expect(due(silent).families).toEqual([]);
  expect(due(silent, { usual: { ...keeping(40), of: 'serve.yaml' } }).families).toEqual([['a serve.yaml']]);
  expect(due(silent, { usual: keeping(60) }).families).toEqual([]);
});

test('a part stays as long as the run that it is a part of where its definition says nothing', () => {
  const family = [
    ended('whole', 31),
    ended('part', 31, { parent: 'whole', own: undefined }),
    ended('part-of-part', 31, { parent: 'part', own: undefined }),
  ];
  const names = ['whole', 'part', 'part-of-part'].map((run) => `${run} orders version 30`);

  expect(due(family, { usual: keeping(99) }).families).toEqual([names]);
});

test.each<[string, Partial<KnownRun>, number]>([
  ['under-way', { endedAtMs: undefined }, 2],
  ['left-alone', { isLeftAlone: true }, 3],
  ['not-told', { position: 1_001 }, 3],
  ['not-yet', { own: keeping(50) }, 2],
])('a family goes as a whole or not at all: one of it is %s', (because, more, count) => {
  const others = [ended('whole', 40), ended('answer', 35, { parent: 'part' })];
  const stays = { families: [], held: { [because]: count } };

  expect(due([...others, { ...ended('part', 40, { parent: 'whole' }), ...more }])).toEqual(stays);
  expect(
    due([
      { ...ended('whole', 40), ...more },
      ended('part', 40, { parent: 'whole' }),
      ended('b', 40, { parent: 'part' }),
    ]),
  ).toEqual(stays);
});

test('a run whose parent is on another station, or was lost, goes by itself', () => {
  expect(due([ended('part', 40, { parent: 'elsewhere' })]).families).toHaveLength(1);
});

test('runs that a forger made each other’s parents are one family, and end no engine', () => {
  const ring = [ended('a', 40, { parent: 'b' }), ended('b', 40, { parent: 'a' })];

  expect(due(ring).families.flat()).toHaveLength(2);
  expect(due([ended('a', 40, { parent: 'a' })]).families).toHaveLength(1);
});

test('a policy is told with who says it', () => {
  expect(policyText(keeping(30, 'keep_head'))).toBe(
    'retention of orders version 30: keep 30d, then keep_head',
  );
});

test('the journal is carried over for a tenth of it, or for what has been due for a week', () => {
  const worth = (messages: number, dueDays: number) =>
    isWorthCarrying({ messages, ofMessages: 1_000, dueSinceMs: nowMs - dueDays * day, nowMs });

  expect([worth(99, 1), worth(100, 0), worth(1, 6.9), worth(1, 7), worth(0, 30)]).toEqual([
    ...[false, true, false, true, false],
  ]);
});
