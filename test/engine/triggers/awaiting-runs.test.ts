// Who asks which runs wait for a signal misses none that waited by then. Method: records written at random to a journal
// in memory that is followed, with questions between them.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runsInJournal } from '../../../src/engine/run-reader/run-index.ts';
import { createAwaitingIndex } from '../../../src/engine/triggers/awaiting-runs.ts';
import type { Journal, Stored } from '../../../src/ports/runs/journal.ts';
import { createMemoryJournal } from '../../../src/stores/memory/journal.ts';
import { createPausing, createToldWorld } from '../outbound/outbound-world.ts';

test('a run that waits is known as soon as that is recorded, until it waits no more', async () => {
  const world = createToldWorld();
  await world.write('run-1', false, ['go']);
  await world.write('run-2', false, ['go', 'stop']);
  const { following } = world.follow();
  const of = (name: string) => following.awaiting.of(name);

  expect(await of('go')).toEqual(['run-1', 'run-2']);
  expect(await of('stop')).toEqual(['run-2']);
  await world.write('run-3', false, ['stop']);
  await world.write('run-2', false, ['go']);
  expect(await of('stop')).toEqual(['run-3']);
  await world.write('run-1', false);
  expect(await of('go')).toEqual(['run-2']);
  expect(await of('nothing')).toEqual([]);
});

test('it is known while nobody can be told anything', async () => {
  const world = createToldWorld();
  await world.marks.write('relay', { position: 0 }, 0);
  const { following } = world.follow({ publish: () => new Promise(() => undefined) });
  for (let count = 0; count < 6_000; count += 1) await world.write(`run-${count % 400}`, true);
  await world.write('run-1000', false, ['go']);

  expect(await following.awaiting.of('go')).toEqual(['run-1000']);
});

test('who asks while the journal is not followed, or waits when it is no longer, is told so', async () => {
  const world = createToldWorld();
  const stop = new AbortController();
  const { following, over } = world.follow({ signal: stop.signal, death: { calls: 1, isDone: false } });
  const waiting = expect(following.awaiting.of('go')).rejects.toMatchObject({ code: 'journal.unavailable' });
  stop.abort();
  await over;

  await waiting;
  await expect(following.awaiting.of('go')).rejects.toMatchObject({ code: 'journal.unavailable' });
});

test('a journal that cannot be followed ends the following, to be begun again', async () => {
  const world = createToldWorld();
  const gone = new Error('the stream is gone');
  const broken = {
    ...world.journal,
    watch: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(gone) }) }),
  };
  const { following, over } = world.follow({ journal: broken });

  await expect(over).rejects.toBe(gone);
  await expect(following.awaiting.of('go')).rejects.toMatchObject({ code: 'journal.unavailable' });
});

test('many who ask at once ask the journal once or twice', async () => {
  const journal = createMemoryJournal();
  let asked = 0;
  const end = () => {
    asked += 1;
    return journal.end();
  };
  const index = createAwaitingIndex({ end }, runsInJournal(journal));
  await index.begin(0);
  await Promise.all(Array.from({ length: 1_000 }, () => index.of('go')));

  expect(asked).toBe(2);
});

async function seeAll(journal: Journal, after: number, see: (stored: Stored) => void): Promise<void> {
  for await (const stored of journal.watch({ after, signal: new AbortController().signal })) see(stored);
}

const writes = fc.array(fc.tuple(fc.nat(5), fc.subarray(['a', 'b', 'c']), fc.boolean()), {
  minLength: 1,
  maxLength: 40,
});

test('the answer is that of the journal at the time of the question', async () => {
  await fc.assert(
    fc.asyncProperty(writes, fc.nat(40), async (all, beginAt) => {
      const journal = createMemoryJournal();
      const write = createPausing(journal);
      const index = createAwaitingIndex(journal, runsInJournal(journal));
      const truth = new Map<number, readonly string[]>();
      for (const [count, [run, awaits, isAsked]] of all.entries()) {
        if (count === beginAt % all.length) {
          const from = await journal.end();
          void index.begin(from).then(() => seeAll(journal, from, index.see));
        }
        await write(`run-${run}`, false, awaits.length === 0 ? undefined : awaits);
        truth.set(run, awaits);
        if (!isAsked || count < beginAt % all.length) continue;
        const wanted = [...truth].filter(([, names]) => names.includes('a')).map(([of]) => `run-${of}`);
        expect([...(await index.of('a'))].sort()).toEqual(wanted.sort());
      }
    }),
    { numRuns: 200, seed: 6 },
  );
});
