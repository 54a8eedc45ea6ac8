import { expect, test } from 'vitest';
import type { Append } from '../../src/ports/runs/journal.ts';
import { createRecordWriter } from '../support/records.ts';
import { bodiesOf, collect, type OpenJournal, useJournal } from './open-journal.ts';

const RUNS = Array.from({ length: 60 }, (_, index) => `run-${index}`);

/** Several writers, and crowds of which some are stale: exactly one wins, and nobody else suffers. */
export function raceContract(open: () => Promise<OpenJournal>): void {
  const current = useJournal(open);

  test('lets exactly one of two writers win, for each of 60 runs at once', async () => {
    const { journal, other } = current.it;
    const results = await Promise.all(
      RUNS.map(async (run) => {
        const appends = ['one', 'two'].map((actor) => createRecordWriter(run, actor).next(0));
        const [mine, theirs] = appends as [Append, Append];
        const settled = await Promise.allSettled([journal.append(mine), other.append(theirs)]);

        return { run, appends, settled };
      }),
    );

    for (const { run, appends, settled } of results) {
      const winners = appends.filter((_, index) => settled[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      expect(bodiesOf(await collect(journal.read(run)))).toEqual(winners.map(({ body }) => body));
      const lost = settled.find(({ status }) => status === 'rejected');
      expect(lost).toMatchObject({ reason: { code: 'journal.conflict', run } });
    }
  });

  test.each([
    ['first', [0]],
    ['in the middle', [29]],
    ['last', [59]],
    ['first, in the middle and last', [0, 29, 59]],
  ])('refuses only the stale appends of a crowd when they come %s', async (_, stale) => {
    const { journal } = current.it;
    const writers = RUNS.map((run) => createRecordWriter(run));
    const positions = await Promise.all(writers.map((writer) => journal.append(writer.next(0))));
    const settled = await Promise.allSettled(
      writers.map((writer, index) =>
        journal.append(writer.next(stale.includes(index) ? 0 : (positions[index] ?? 0))),
      ),
    );

    const refused = settled.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    expect(refused).toEqual(stale);
    for (const [index, run] of RUNS.entries()) {
      expect(await collect(journal.read(run))).toHaveLength(stale.includes(index) ? 1 : 2);
    }
  });
}
