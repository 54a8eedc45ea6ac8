import { expect, test } from 'vitest';
import { createRecordWriter } from '../support/records.ts';
import { appendMany, collect, type OpenJournal, positionsOf, useJournal } from './open-journal.ts';

/** Reading a run, its last message, and the last message of every run. */
export function readContract(open: () => Promise<OpenJournal>): void {
  const current = useJournal(open);

  test.each([1, 2, 3, 40, 700])('reads a run of %i messages whole and in order', async (count) => {
    const { journal } = current.it;
    await appendMany(journal, 'neighbour', { count: 2 });
    const positions = await appendMany(journal, 'alpha', { count });
    await appendMany(journal, 'neighbour-2', { count: 2 });

    const stored = await collect(journal.read('alpha'));
    expect(positionsOf(stored)).toEqual(positions);
    expect(stored.map((one) => one.kind === 'record' && one.record.sequence)).toEqual(
      positions.map((_, index) => index + 1),
    );
  });

  test('reads what follows a position, from every position on', async () => {
    const { journal } = current.it;
    const positions = await appendMany(journal, 'alpha', { count: 8 });

    for (const [index, after] of positions.entries()) {
      expect(positionsOf(await collect(journal.read('alpha', { after })))).toEqual(
        positions.slice(index + 1),
      );
    }
  });

  test('reads nothing of a run that does not exist', async () => {
    expect(await collect(current.it.journal.read('nobody'))).toEqual([]);
    expect(await current.it.journal.last('nobody')).toBeUndefined();
  });

  test('tells the last message of a run, also right after another process appended it', async () => {
    const { journal, other } = current.it;
    const positions = await appendMany(journal, 'alpha', { count: 3 });

    expect(await other.last('alpha')).toMatchObject({
      run: 'alpha',
      position: positions.at(-1),
      kind: 'record',
    });
  });

  test('tells where the journal ends, also right after another process appended', async () => {
    const { journal, other } = current.it;
    expect(await journal.end()).toBe(0);
    const positions = await appendMany(other, 'alpha', { count: 3 });
    expect(await journal.end()).toBe(positions.at(-1));
    const [last] = await appendMany(journal, 'beta', { count: 1 });

    expect(await other.end()).toBe(last);
  });

  index(current);
}

function index(current: { readonly it: OpenJournal }): void {
  test('tells the last message of every run once, and none of an empty journal', async () => {
    const { journal } = current.it;
    expect(await collect(journal.lastOfEach())).toEqual([]);

    const runs = Array.from({ length: 150 }, (_, number) => `run-${number}`);
    const positions = await Promise.all(
      runs.map((run, number) => appendMany(journal, run, { count: 1 + (number % 3) })),
    );
    const stored = await collect(journal.lastOfEach());

    const expected = runs.map((run, number) => [run, positions[number]?.at(-1)]);
    expect(stored.map(({ run, position }) => [run, position]).sort()).toEqual(expected.sort());
  });

  test('tells what another process appended just now, each time', async () => {
    const { journal, other } = current.it;
    const writers = Array.from({ length: 7 }, (_, index) => createRecordWriter(`run-${index}`));
    const positions = writers.map(() => 0);
    for (let round = 0; round < 5; round++) {
      for (const [index, writer] of writers.entries()) {
        positions[index] = await other.append(writer.next(positions[index] ?? 0));
        const stored = await collect(journal.lastOfEach());

        expect(positionsOf(stored).sort()).toEqual(positions.filter((position) => position > 0).sort());
      }
    }
  });
}
