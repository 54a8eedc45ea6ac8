import { expect, test } from 'vitest';
import { createRecordWriter, recordBody } from '../support/records.ts';
import { appendMany, bodiesOf, collect, type OpenJournal, positionsOf, useJournal } from './open-journal.ts';

/** One writer: what was appended is there, once, where the answer said; anything else is refused. */
export function appendContract(open: () => Promise<OpenJournal>): void {
  const current = useJournal(open);

  test('appends the first record of a run after position 0, and the next after the one before', async () => {
    const { journal } = current.it;
    const positions = await appendMany(journal, 'alpha', { count: 3 });

    const stored = await collect(journal.read('alpha'));
    expect(positionsOf(stored)).toEqual(positions);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(stored.map(({ kind }) => kind)).toEqual(['record', 'record', 'record']);
  });

  test.each([
    ['an older position', -1],
    ['a position that is not reached yet', 1],
  ])('refuses an append after %s, and stores nothing', async (_, difference) => {
    const { journal } = current.it;
    const [first = 0] = await appendMany(journal, 'alpha', { count: 1 });
    const stale = {
      run: 'alpha',
      id: 'alpha/2',
      body: recordBody('alpha', { sequence: 2 }),
      after: first + difference,
    };

    await expect(journal.append(stale)).rejects.toMatchObject({ code: 'journal.conflict', run: 'alpha' });
    expect(await collect(journal.read('alpha'))).toHaveLength(1);
  });

  test('finds the record again that is sent a second time, instead of storing it twice', async () => {
    const { journal } = current.it;
    const writer = createRecordWriter('alpha');
    const first = writer.next(0);
    const position = await journal.append(first);
    await journal.append(writer.next(position));

    expect(await journal.append(first)).toBe(position);
    expect(await collect(journal.read('alpha'))).toHaveLength(2);
  });

  idsAndSizes(current);
  crowd(current);
}

function idsAndSizes(current: { readonly it: OpenJournal }): void {
  test.each(['', '*', '>', 'a.b', 'a b', 'a\nb', 'Ä', 'A', '-a', 'a'.repeat(65)])(
    'refuses %j as a run id everywhere',
    async (run) => {
      const { journal } = current.it;
      const { signal } = new AbortController();

      await expect(journal.append({ run, id: `${run}/1`, body: '{}', after: 0 })).rejects.toThrow(RangeError);
      await expect(collect(journal.read(run))).rejects.toThrow(RangeError);
      await expect(journal.last(run)).rejects.toThrow(RangeError);
      await expect(collect(journal.watch({ run, signal }))).rejects.toThrow(RangeError);
    },
  );

  test('takes a record of 900 KB and refuses one of 2 MB, after which the run goes on', async () => {
    const { journal } = current.it;
    const writer = createRecordWriter('alpha');
    const large = await journal.append(writer.next(0, 'x'.repeat(900_000)));
    const tooLarge = { run: 'alpha', id: 'alpha/2', body: 'x'.repeat(2_000_000), after: large };

    await expect(journal.append(tooLarge)).rejects.toMatchObject({ code: 'journal.record-too-large' });
    await journal.append(writer.next(large));
    expect(await collect(journal.read('alpha'))).toHaveLength(2);
  });
}

function crowd(current: { readonly it: OpenJournal }): void {
  test('tells 300 runs that append at the same time the right position of each record', async () => {
    const { journal } = current.it;
    const runs = Array.from({ length: 300 }, (_, index) => `run-${index}`);
    const positions = await Promise.all(
      runs.map((run) => appendMany(journal, run, { count: 4, padding: run })),
    );

    expect(new Set(positions.flat()).size).toBe(1200);
    for (const [index, run] of runs.entries()) {
      if (index % 23 !== 0) continue;
      const stored = await collect(journal.read(run));
      expect(positionsOf(stored)).toEqual(positions[index]);
      expect(bodiesOf(stored).every((body) => body.includes(`"reason":"${run}"`))).toBe(true);
    }
  });
}
