// What the head of a record says for those who look for its run. Method: runs driven through the core, and the heads
// that their records have; heads of early releases, written again.
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../../events/canonical-json.ts';
import type { Head, JournalRecord } from '../../../../events/record.ts';
import { headAsIn } from '../../../../machines/run/record/head.ts';
import { chartOf } from '../../../support/chart-of.ts';
import { startedRun, undrivenRun } from '../../../support/run-spec.ts';

const chart = chartOf(
  `- {id: pack, assigned_to: PACKER}
- {id: send, requires: [sending], depends_on: pack}`,
  `key: "\${workflow.input.order}"
labels: {team: finance, region: "\${workflow.input.region}", note: "\${workflow.input.?note.orValue(null)}"}
input: {properties: {order: {type: integer, searchable: true}, region: {type: string}, note: {type: string, searchable: true}}, required: [order, region]}`,
);

function headsOf(bodies: readonly string[]): readonly Head[] {
  return bodies.map((body) => (JSON.parse(body) as JournalRecord).data.head);
}

test('the heads of a run say its key, labels and owner, its searchable inputs, and the agents that open tasks are with', () => {
  const run = startedRun(chart, { order: 42, region: 'north' }).completes('pack');
  const [first, ...later] = headsOf(run.bodies);

  expect(first).toMatchObject({
    key: '42',
    labels: { team: 'finance', region: 'north' },
    owner: 'test',
    searchable: { order: '42' },
    agents: ['PACKER'],
  });
  expect(later.at(-1)).toMatchObject({ key: '42', owner: 'test' });
  expect(later.at(-1)).not.toHaveProperty('agents');
});

test('a label called owner says whose the run is', () => {
  const owned = chartOf('- {id: a, assigned_to: A}', 'labels: {owner: ana}');

  expect(headsOf(startedRun(owned).bodies)[0]).toMatchObject({ owner: 'ana' });
});

test('runs that failed alike have the same error group, whatever their ids and numbers', () => {
  const alone = chartOf('- {id: pack, assigned_to: PACKER}', 'input: {required: [order]}');
  const last = (code: string) =>
    headsOf(startedRun(alone, { order: 1 }).fails('pack', code, false).bodies).at(-1);

  expect(last('stock.gone')?.errorGroup).toMatch(/^[0-9a-f]{16}$/);
  expect(last('stock.gone')).toEqual(last('stock.gone'));
  expect(last('stock.other')?.errorGroup).not.toBe(last('stock.gone')?.errorGroup);
  expect(last('stock.gone')).toMatchObject({ error: 'stock.gone', errorText: expect.any(String) });
});

test.each([
  [{ order: ' A\t7\n' }, { key: 'A 7' }],
  [{ order: '' }, { key: undefined }],
  [{ order: true }, { key: 'true' }],
])('of the input %j the key is %j', (input, named) => {
  const any = chartOf(
    '- {id: a, assigned_to: A}',
    'key: "${workflow.input.order}"\ninput: {required: [order]}',
  );

  expect(headsOf(startedRun(any, input).bodies)[0]?.key).toBe(named.key);
});

test.each([[['a']], [{ a: 1 }], ['x'.repeat(201)]])('a run whose key is %j is not started', (order) => {
  const any = chartOf(
    '- {id: a, assigned_to: A}',
    'key: "${workflow.input.order}"\ninput: {required: [order]}',
  );

  undrivenRun(any).refuses({ kind: 'startRun', run: 'r1', input: { order } }, 'key.invalid');
});

test('a label that is long is recorded by its beginning, and one that is a list starts no run', () => {
  const any = chartOf(
    '- {id: a, assigned_to: A}',
    'labels: {l: "${workflow.input.l}"}\ninput: {required: [l]}',
  );

  expect(headsOf(startedRun(any, { l: `${'x'.repeat(199)}😀` }).bodies)[0]?.labels).toEqual({
    l: 'x'.repeat(199),
  });
  undrivenRun(any).refuses({ kind: 'startRun', run: 'r1', input: { l: [] } }, 'label.invalid');
});

test('a fork with another input has the key that follows from that; without one, that of its run', () => {
  const run = startedRun(chart, { order: 42, region: 'north' });
  const from = { run: 'test-run', at: 1, hash: 'h' };
  const state = JSON.parse(canonicalJson(run.run().state));
  const forked = (input?: Record<string, string | number>) =>
    headsOf(
      undrivenRun(chart).does({
        kind: 'forkRun',
        run: 'fork',
        from,
        state,
        ...(input === undefined ? {} : { input }),
      }).bodies,
    )[0];

  expect(forked()).toMatchObject({ key: '42' });
  expect(forked({ order: 43, region: 'south' })).toMatchObject({
    key: '43',
    labels: { team: 'finance', region: 'south' },
    searchable: { order: '43' },
  });
});

test('a record of an early release, which says nothing of that, is written again as it was', () => {
  const started = startedRun(chart, { order: 42, region: 'north' });
  const [head] = headsOf(started.bodies);
  if (head === undefined) throw new Error('no head');
  const {
    key: _key,
    labels: _labels,
    owner: _owner,
    searchable: _searchable,
    agents: _agents,
    ...old
  } = head;

  expect(canonicalJson(headAsIn(old, started.run()))).toBe(canonicalJson(old));
  expect(canonicalJson(headAsIn(head, started.run()))).toBe(canonicalJson(head));
});
