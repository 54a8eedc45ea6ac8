// What was judged is looked at once more before it is gone for good.
import { expect, test } from 'vitest';
import { createRetentionWorld, day } from './retention-world.ts';

const by = 'ana';
const orders = `
workflow:
  id: orders
  version: 1
  retention: {keep: 7d}
  tasks:
    - {id: note, type: TRANSFORM, output: {text: noted}}
`;

test('nothing leaves where the events that are written are not those that were checked', async () => {
  const world = await createRetentionWorld([orders]);
  await world.ended('run-a', 'orders');
  world.clock.advance(30 * day);
  const { reader } = world.deps;
  let reads = 0;
  // A replica that is behind tells less, and ends as if that was all.
  const behind: typeof reader.inJournal = async function* (run) {
    reads += 1;
    for await (const stored of reader.inJournal(run)) {
      yield stored;
      if (reads > 1) return;
    }
  };

  const swept = world.retention({ reader: { ...reader, inJournal: behind } }).sweep({ by });

  await expect(swept).rejects.toMatchObject({ code: 'journal.unavailable' });
  expect(await world.inJournal()).toEqual(['run-a']);
  expect(await world.archive.segments()).toEqual([]);
});

test('where runs that made it worth it have to stay, the journal is not carried over for the others', async () => {
  const world = await createRetentionWorld([orders]);
  await world.ended('run-a', 'orders');
  await world.ended('run-b', 'orders');
  world.clock.advance(30 * day);
  const { reader } = world.deps;
  const damaged: typeof reader.inJournal = async function* (run) {
    for await (const stored of reader.inJournal(run))
      yield run === 'run-a' ? { ...stored, body: `${stored.body} ` } : stored;
  };
  const retention = world.retention({ reader: { ...reader, inJournal: damaged } });
  const swept = await retention.sweep({ by, isWorth: ({ runs }) => runs > 1 });

  expect(swept).toMatchObject({ left: 0, damaged: ['run-a'] });
  expect(await world.inJournal()).toEqual(['run-a', 'run-b']);
  expect((await world.journal.generations.current()).generation).toBe(1);
});

test('an engine of an earlier release that comes while the archive is written keeps the runs in the journal', async () => {
  const world = await createRetentionWorld([orders]);
  await world.ended('run-a', 'orders');
  world.clock.advance(30 * day);
  const refused = { code: 'feature.closed', message: 'old-1 is there' };
  let asked = 0;
  const refusal = async () => (++asked > 1 ? refused : undefined);

  expect(await world.retention({ refusal }).sweep({ by })).toMatchObject({ left: 0, refused });
  expect(await world.inJournal()).toEqual(['run-a']);
});
