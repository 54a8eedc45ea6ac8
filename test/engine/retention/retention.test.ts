// Runs whose time is over leave the journal, and nothing is lost on the way, wherever it is interrupted. Method: an
// engine on stores in memory, runs that it carried out, and each step of a sweep failing in turn.
import { expect, test } from 'vitest';
import type { RetentionDeps } from '../../../src/engine/retention/retention.ts';
import { RunArchived } from '../../../src/ports/runs/archive.ts';
import { bodiesOf } from '../../support/engine-bench.ts';
import { createRetentionWorld, day } from './retention-world.ts';

const orders = `workflow:
  id: orders
  version: 1
  retention: {keep: 30d}
  input: {properties: {token: {type: string, secret: true, default: none}}}
  tasks: [{id: book, type: NOOP}]
`;
const keeping = (then: string) => `workflow:
  id: ${then.replace('_', '-')}
  version: 2
  retention: {keep: 10d, then: ${then}}
  tasks: [{id: book, type: NOOP}]
`;
const whole = `workflow:
  id: whole
  version: 1
  retention: {keep: 1d}
  tasks: [{id: part, type: SUB_WORKFLOW, workflow: part}]
`;
const part = `workflow:
  id: part
  version: 1
  tasks: [{id: book, type: NOOP}]
`;
const fragile = `workflow:
  id: fragile
  version: 1
  retention: {keep: 1d}
  tasks: [{id: book, uses: x}]
`;
const by = 'ana';

test('a run leaves the journal when its time is over, and the archive has it byte for byte', async () => {
  const world = await createRetentionWorld([orders]);
  await world.ended('run-a', 'orders');
  const before = await bodiesOf(world.journal, 'run-a');
  world.clock.advance(29 * day);
  expect((await world.retention().sweep({ by })).left).toBe(0);
  await world.ended('run-b', 'orders');
  world.clock.advance(day);
  await world.ledger.check();

  const plan = await world.retention().plan();
  const policy = 'retention of orders version 1: keep 30d, then archive';
  expect(plan).toMatchObject({
    ...{ runs: 1, messages: before.length, ofMessages: 2 * before.length },
    policies: [{ policy, kept: 'whole', runs: 1 }],
    first: [{ run: 'run-a', policy }],
  });
  expect(await world.inJournal()).toEqual(['run-a', 'run-b']);
  expect(await world.retention().sweep({ by })).toMatchObject({ left: 1, damaged: [], generation: 2 });
  expect(await world.inJournal()).toEqual(['run-b']);
  expect(await bodiesOf(world.archive as never, 'run-a')).toEqual(before);
  expect(await world.archive.find('run-a')).toMatchObject({ kept: 'whole', policy });
  expect(await world.ledger.check()).toMatchObject({ damaged: [], departed: [{ policy, count: 1 }] });
});

test('of a run that is dropped the archive says that it was there, and of one whose head is kept how it ended', async () => {
  const world = await createRetentionWorld([keeping('drop'), keeping('keep_head')]);
  await world.ended('run-a', 'drop');
  await world.ended('run-b', 'keep-head');
  world.clock.advance(10 * day);
  await world.retention().sweep({ by });

  expect(await world.inJournal()).toEqual([]);
  const [dropped, headed] = [await world.archive.find('run-a'), await world.archive.find('run-b')];
  expect([dropped?.kept, headed?.kept]).toEqual(['nothing', 'head']);
  expect(headed?.head).toMatchObject({ status: 'COMPLETED' });
  expect(await bodiesOf(world.archive as never, 'run-b')).toEqual([]);
  if (dropped !== undefined) expect(new RunArchived(dropped).message).toContain('keep 10d, then drop');
});

test('a run and its part leave together, by the time of the whole', async () => {
  const world = await createRetentionWorld([part, whole]);
  await world.ended('run-a', 'whole');
  expect(await world.inJournal()).toHaveLength(2);
  world.clock.advance(day);
  await world.ended('run-b', 'part');
  world.clock.advance(9 * day);

  expect((await world.retention().sweep({ by })).left).toBe(2);
  expect(await world.inJournal()).toEqual(['run-b']);
});

test('a run that nobody says anything of stays for ever, and one with the project’s time goes by that', async () => {
  const usual = { retention: { keepMs: day, after: 'archive' as const }, of: 'serve.yaml' };
  const world = await createRetentionWorld([part]);
  await world.ended('run-a', 'part');
  world.clock.advance(5_000 * day);

  expect(await world.retention().plan()).toMatchObject({ runs: 0, held: [] });
  expect(await world.retention({ usual: async () => usual }).sweep({ by })).toMatchObject({ left: 1 });
  expect((await world.archive.find('run-a'))?.policy).toBe('retention of serve.yaml: keep 1d, then archive');
});

test('a run that other programs were not told of, and one whose records are not as they should be, stay', async () => {
  const world = await createRetentionWorld([orders]);
  await world.ended('run-a', 'orders');
  await world.ended('run-b', 'orders');
  world.clock.advance(30 * day);
  const told = await world.retention({ toldTo: async () => 0 }).sweep({ by });
  expect([told.left, told.plan.held]).toEqual([0, [{ because: 'not-told', runs: 2 }]]);

  const { reader } = world.deps;
  const forged = { ...reader, inJournal: forgedIn(reader, 'run-a') };
  const swept = await world.retention({ reader: forged }).sweep({ by });
  expect(swept).toMatchObject({ left: 1, damaged: ['run-a'] });
  expect(await world.inJournal()).toEqual(['run-a']);
});

/** The journal with another record in the place of the first one of a run. */
function forgedIn(reader: RetentionDeps['reader'], forged: string): RetentionDeps['reader']['inJournal'] {
  return async function* (run) {
    let isFirst = run === forged;
    for await (const stored of reader.inJournal(run)) {
      yield isFirst ? { ...stored, body: stored.body.replace('"actor":"ana"', '"actor":"eve"') } : stored;
      isFirst = false;
    }
  };
}

test('a run that is retried at the last moment goes on, and leaves as it ended then', async () => {
  const world = await createRetentionWorld([fragile]);
  const { stage, journal, clock } = world;
  const failed = world.ended('run-a', 'fragile');
  (await stage.attempt('book#1')).fail('broken', false);
  await failed;
  clock.advance(day);
  const next: typeof journal.generations.next = async (options) => {
    await stage.engine.submit('run-a', { kind: 'retryRun', by } as never, { actor: by });
    return journal.generations.next(options);
  };
  const generations = { ...journal.generations, next };

  const refused = await world.retention({ generations }).sweep({ by });
  expect(refused).toMatchObject({ left: 0, refused: { code: 'generations.run-moved-on' } });
  (await stage.attempt('book#2')).complete();
  await stage.untilRun('run-a', ({ state }) => state.status === 'COMPLETED');
  expect((await world.retention().sweep({ by })).left).toBe(0);
  const before = await bodiesOf(journal, 'run-a');
  clock.advance(day);
  expect((await world.retention().sweep({ by })).left).toBe(1);
  expect(await bodiesOf(world.archive as never, 'run-a')).toEqual(before);
});

type Dies = (deps: RetentionDeps) => Partial<RetentionDeps>;

const dies = (): Promise<never> => Promise.reject(new Error('the process is gone'));

test.each<[string, Dies, number]>([
  ['before the segment is there', ({ archive }) => ({ archive: { ...archive, put: dies } }), 1],
  [
    'after the segment was written',
    ({ archive }) => ({
      archive: {
        ...archive,
        put: async (...asked) => {
          await archive.put(...asked);
          return dies();
        },
      },
    }),
    1,
  ],
  ['before the journal goes on', ({ generations }) => ({ generations: { ...generations, next: dies } }), 1],
  [
    'after the journal went on',
    ({ generations }) => ({
      generations: {
        ...generations,
        next: async (asked) => {
          await generations.next(asked);
          return dies();
        },
      },
    }),
    1,
  ],
  ['before the ledger says so', ({ ledger }) => ({ ledger: { ...ledger, leave: dies } }), 1],
])('an engine that dies %s loses nothing, and nothing is written twice', async (_when, cut, segments) => {
  const world = await createRetentionWorld([orders]);
  await world.ended('run-a', 'orders');
  await world.ledger.check();
  await world.stores.runSecrets.keep('run-a', { token: 'secret' });
  const before = await bodiesOf(world.journal, 'run-a');
  world.clock.advance(30 * day);
  await world
    .retention(cut(world.deps))
    .sweep({ by })
    .catch(() => undefined);

  // Whoever looks meanwhile finds it in the journal or in the archive, and nothing that is missing.
  const found = await bodiesOf(world.journal, 'run-a');
  expect(found.length > 0 ? found : await bodiesOf(world.archive as never, 'run-a')).toEqual(before);
  expect((await world.ledgerOf().check()).damaged).toEqual([]);
  await world.retention().sweep({ by });
  await world.retention().sweep({ by });
  expect(await world.inJournal()).toEqual([]);
  expect(await bodiesOf(world.archive as never, 'run-a')).toEqual(before);
  expect(await world.archive.segments()).toHaveLength(segments);
  expect(await world.ledgerOf().check()).toMatchObject({ damaged: [], departed: [{ count: 1 }] });
});

test('lists tell of a run that left what is kept of it, also where an engine died before it could say so', async () => {
  const world = await createRetentionWorld([orders, keeping('drop')]);
  await world.ended('run-a', 'orders');
  await world.ended('run-b', 'drop');
  await world.ended('run-c', 'orders');
  const { generations } = world.deps;
  const next: typeof generations.next = async (asked) => {
    await generations.next(asked);
    return dies();
  };
  world.clock.advance(30 * day);
  // What the index was read up to last stays: it need not be made anew.
  await world.ended('run-d', 'orders');
  await world
    .retention({ generations: { ...generations, next } })
    .sweep({ by })
    .catch(() => undefined);
  expect((await world.retention().sweep({ by })).left).toBe(0);

  const lines = await world.deps.reader.runs.page({ order: 'started', limit: 10 });
  expect(lines.map(({ run, archived }) => [run, archived])).toEqual([
    ['run-d', undefined],
    ['run-c', 'whole'],
    ['run-a', 'whole'],
  ]);
  expect(await world.retention().plan()).toMatchObject({ runs: 0, first: [] });
});

test('values of secrets and snapshots follow their runs', async () => {
  const world = await createRetentionWorld([orders]);
  await world.ended('run-a', 'orders');
  await world.stores.runSecrets.keep('run-a', { token: 'secret' });
  world.clock.advance(30 * day);
  const dropped: string[] = [];
  const snapshots = { drop: async (run: string) => void dropped.push(run) };
  await world.retention({ snapshots }).sweep({ by });

  expect(await world.stores.runSecrets.of('run-a')).toEqual({});
  // A short run has none.
  expect(dropped).toEqual([]);
});
