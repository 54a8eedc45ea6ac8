import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  fitsFilter,
  type RunOrder,
  type RunsFilter,
  runOrders,
} from '../../machines/run/record/run-filter.ts';
import { shardOf } from '../../machines/shard.ts';
import type { RunIndex, RunSummary } from '../../src/ports/runs/run-index.ts';
import { parseTerms } from '../../src/projections/where.ts';
import { lineDamage as damage, indexedLine } from './indexed-line.ts';

/** What every index of runs promises: to tell what the runs in memory would tell. */
export function runIndexContract(open: () => RunIndex | Promise<RunIndex>): void {
  const lines = Array.from({ length: 101 }, (_, at) => indexedLine(at));
  let index: RunIndex;
  beforeEach(async () => {
    index = await open();
  });
  afterEach(() => index.close());

  const filters: readonly RunsFilter[] = [
    {},
    { isEnded: true },
    { isEnded: false, isDamaged: false },
    { isDamaged: true },
    { isPart: false, definition: 'of-1' },
    { hashes: ['00'.repeat(32), '11'.repeat(32)] },
    { hashes: [] },
    { prefix: 'run-00' },
    { startedFrom: '2026-01-01T00:20:00.000Z', updatedFrom: '2026-01-01T03:15:00.000Z' },
    { behind: 90 },
    { within: { from: '2026-01-01T00:10:00.000Z', to: '2026-01-01T00:20:00.000Z' } },
    { text: 'nightly' },
    { text: 'pay' },
    { text: 'ära-3' },
    { text: 'order 1' },
    { text: 'refused by öre' },
    { isArchived: true },
    { isArchived: false, isEnded: true },
    { shown: ['CANCELLED', 'QUARANTINED', 'NEEDS_APPROVAL'] },
    ...[
      'status=failed,needs-approval',
      'status!=TERMINATED',
      'status=NEWER',
      'definition=of-1@2,of-0',
      'definition!=of-2',
      'error=payment.*',
      'error!=pay',
      'active=pay',
      'active=each[3].pay',
      'active!=ask',
      'trigger=manual,Nightly',
      'run=01aaaaaaaaaaa',
      'run=run-00',
      'started>=2026-01-01T00:30:00Z status=COMPLETED',
      'key="Order 3","Order 4"',
      'key!="Order 3"',
      'key~ORDER label.team=finance',
      'error~refused',
      'error~"by Öre" error!=pay',
      'label.team=finance,none label.cost.centre!=1',
      'label.team!=finance',
      'input.customer=ÄRA-2',
      'input.team!=finance owner!=ana',
      'owner=ana,bob group!=group-1',
      'agent=PACK',
      'agent!=SENDER',
      'group=group-0,group-2',
      'archived=yes',
      'archived=no status=FAILED',
    ].map((where) => ({ terms: parseTerms([where]) })),
  ];

  test.each(filters)('finds and counts the runs that fit %j', async (filter) => {
    await index.put(lines);
    const fitting = lines.filter(fitsFilter(filter));
    const found = await index.page({ filter, order: 'changed', limit: 1_000 });
    const counts = await index.counts(filter);

    expect(found).toEqual(fitting.toReversed());
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(fitting.length);
    expect(counts.filter(({ isEnded }) => isEnded).reduce((sum, { count }) => sum + count, 0)).toBe(
      fitting.filter(({ head }) => head.endedAt !== undefined).length,
    );
  });

  test.each(Object.keys(runOrders) as RunOrder[])(
    'pages in the order %s tell each run once',
    async (order) => {
      await index.put(lines);
      const { place } = runOrders[order];
      const told: RunSummary[] = [];
      for (let page = await index.page({ order, limit: 7 }); page.length > 0; ) {
        told.push(...page);
        const last = page.at(-1);
        if (last === undefined) break;
        page = await index.page({ order, limit: 7, after: place(last) });
      }

      expect(told).toHaveLength(lines.length);
      expect(told).toEqual(await index.page({ order, limit: 1_000 }));
      expect(new Set(told.map(({ run }) => run)).size).toBe(lines.length);
    },
  );

  test('a row as new as the one that is there is left out, a newer one takes its place', async () => {
    const first = indexedLine(1, { position: 10 });
    const later = { ...first, sequence: first.sequence + 1, position: 12 };
    await index.put([first]);
    await index.put([later]);
    await index.put([
      { ...first, sequence: 77 },
      { ...later, sequence: 78 },
    ]);

    expect(index.line(first.run)).toEqual(later);
    expect(await index.counts()).toMatchObject([{ count: 1 }]);
  });

  test('a row says that its run was archived as soon as that is put, until the run goes on', async () => {
    const line = indexedLine(1, { position: 10 });
    const archived = { ...line, archived: 'whole' } as const;
    await index.put([line]);
    await index.put([archived]);
    await index.put([line, { ...line, archived: 'head' }]);
    expect(await index.page({ order: 'changed', limit: 5 })).toEqual([archived]);
    await index.put([{ ...line, position: 12 }]);
    expect(index.line(line.run)).toEqual({ ...line, position: 12 });
  });

  test('a run is found by the labels that it has now', async () => {
    const found = async (where: string) =>
      (await index.page({ filter: { terms: parseTerms([where]) }, order: 'changed', limit: 5 })).length;
    await index.put([indexedLine(0, { head: { labels: { team: 'finance' } } })]);
    await index.put([indexedLine(0, { position: 5, head: { labels: { team: 'sales' } } })]);

    expect([await found('label.team=finance'), await found('label.team=sales')]).toEqual([0, 1]);
    await index.replace(indexedLine(0).run, undefined);
    expect(await found('label.team=sales')).toBe(0);
  });

  test('a run that ends is counted as what it is now', async () => {
    await index.put([indexedLine(0)]);
    await index.put([
      indexedLine(0, { position: 5, head: { status: 'COMPLETED', endedAt: '2026-01-02T00:00:00.000Z' } }),
    ]);

    expect(await index.counts()).toMatchObject([{ status: 'COMPLETED', isEnded: true, count: 1 }]);
    expect(await index.unfinishedRuns()).toEqual([]);
  });

  test('a run that has an end and the status that it had is counted as ended', async () => {
    await index.put([indexedLine(0)]);
    await index.put([indexedLine(0, { position: 5, head: { endedAt: '2026-01-02T00:00:00.000Z' } })]);

    expect(await index.counts({ isEnded: true })).toMatchObject([{ status: 'RUNNING', count: 1 }]);
    expect(await index.counts({ isEnded: false })).toEqual([]);
  });

  test('the cursor of a stream goes forward only, and counts for the stream that was created then', async () => {
    expect(await index.cursor('journal', 'today')).toBeUndefined();
    const at = (position: number) => ({ position, run: 'run-a', hash: 'abc' });
    const epoch = await index.epoch();
    await index.put([], { epoch, stream: 'journal', created: 'today', cursor: at(5) });
    await index.put([], { epoch, stream: 'journal', created: 'today', cursor: at(3) });
    await index.put([], { epoch, stream: 'other', created: 'today', cursor: at(9) });

    expect(await index.cursor('journal', 'today')).toEqual(at(5));
    expect(await index.cursor('journal', 'tomorrow')).toBeUndefined();
    await index.put([], { epoch, stream: 'journal', created: 'tomorrow', cursor: at(1) });
    expect(await index.cursor('journal', 'tomorrow')).toEqual(at(1));
    expect(await index.cursor('other', 'today')).toEqual(at(9));
  });

  test('unfinished runs are told by shard, with their heads, positions and sequences', async () => {
    await index.put(lines);
    const live = lines.filter(({ head }) => head.endedAt === undefined).toReversed();
    const of = [0, 2, 3];

    expect(await index.unfinishedRuns()).toEqual(live);
    expect(await index.unfinishedRuns({ of, count: 7 })).toEqual(
      live.filter(({ run }) => of.includes(shardOf(run, 7))),
    );
    expect(await index.unfinishedRuns({ of: [], count: 7 })).toEqual([]);
  });

  test('each of many questions at once that differ in values alone has its own answer', async () => {
    await index.put(lines);
    const shards = Array.from({ length: 60 }, (_, at) => at % 6);
    const told = await Promise.all([
      ...shards.map((of) => index.unfinishedRuns({ of: [of], count: 6 })),
      ...lines.map(({ run }) => index.page({ filter: { prefix: run }, order: 'changed', limit: 1 })),
    ]);
    const live = lines.filter(({ head }) => head.endedAt === undefined).toReversed();

    expect(told).toEqual([
      ...shards.map((of) => live.filter(({ run }) => shardOf(run, 6) === of)),
      ...lines.map((line) => [line]),
    ]);
  });

  test('a mark stays while its run goes on, and is gone when another mark comes', async () => {
    await index.put(lines);
    const one = indexedLine(1);
    await index.mark(new Map([[one.run, damage]]));
    const later = { ...one, position: 500 };
    await index.put([later]);

    expect(index.line(one.run)).toEqual({ ...later, damage });
    expect(
      await index.page({ filter: { terms: parseTerms(['status=QUARANTINED']) }, order: 'changed', limit: 1 }),
    ).toEqual([{ ...later, damage }]);
    await index.mark(new Map());
    expect(index.line(one.run)).toEqual(later);
  });

  test('a row is replaced by an older one, or taken away', async () => {
    const one = indexedLine(1, { position: 10 });
    await index.put([one, indexedLine(2)]);
    await index.replace(one.run, { ...one, position: 4 });
    expect(index.line(one.run)?.position).toBe(4);
    await index.replace(one.run, undefined);

    expect(index.line(one.run)).toBeUndefined();
    expect(await index.counts()).toMatchObject([{ count: 1 }]);
  });

  test('tells how long the latest runs of a definition, or of one version, took', async () => {
    await index.put(lines);
    const took = (fits: (line: RunSummary) => boolean) =>
      lines
        .filter((line) => line.head.status === 'COMPLETED' && fits(line))
        .toReversed()
        .map(({ head }) => Date.parse(head.endedAt ?? '') - Date.parse(head.startedAt));
    const hash = '11'.repeat(32);

    expect(index.durations({ id: 'of-1' }, 3)).toEqual(
      took(({ head }) => head.definition.id === 'of-1').slice(0, 3),
    );
    expect(index.durations({ id: 'of-1', hash }, 100)).toEqual(
      took(({ head }) => head.definition.hash === hash),
    );
  });

  test('tells the ids before and after one', async () => {
    await index.put(lines);
    const ids = lines.map(({ run }) => run).sort();

    expect(index.neighbours(ids[5] ?? '')).toEqual([ids[4], ids[6]]);
    expect(index.neighbours(ids[0] ?? '')).toEqual([ids[1]]);
    expect(index.neighbours('z')).toEqual([ids.at(-1)]);
  });

  test('nothing is left of what was cleared', async () => {
    await index.put(lines, {
      epoch: await index.epoch(),
      stream: 'journal',
      created: 'today',
      cursor: { position: 5, run: 'a', hash: 'b' },
    });
    await index.clear();

    expect(await index.page({ order: 'changed', limit: 5 })).toEqual([]);
    expect(await index.counts()).toEqual([]);
    expect(await index.cursor('journal', 'today')).toBeUndefined();
  });

  test('who stood on it before it was cleared is told so, and changes nothing', async () => {
    const read = { stream: 'journal', created: 'today', cursor: { position: 5, run: 'a', hash: 'b' } };
    const before = await index.epoch();
    const epoch = await index.clear();

    await expect(index.put(lines, { ...read, epoch: before })).rejects.toMatchObject({
      name: 'RunIndexCleared',
    });
    expect(await index.counts()).toEqual([]);
    expect(await index.cursor('journal', 'today')).toBeUndefined();
    expect(await index.epoch()).toBe(epoch);
    await index.put(lines, { ...read, epoch });
    expect(await index.cursor('journal', 'today')).toEqual(read.cursor);
  });
}
