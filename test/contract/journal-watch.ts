import { expect, test } from 'vitest';
import { createRecordWriter } from '../support/records.ts';
import { appendMany, collect, type OpenJournal, positionsOf, take, useJournal } from './open-journal.ts';

/** Following the journal: nothing is missed between reading and watching, nothing is told twice. */
export function watchContract(open: () => Promise<OpenJournal>): void {
  const current = useJournal(open);

  test('watches from a position: what is there already, then what lands', async () => {
    const { journal } = current.it;
    const [first = 0, ...early] = await appendMany(journal, 'alpha', { count: 3 });
    const watching = take(journal.watch({ after: first, signal: new AbortController().signal }), 7);
    const late = await appendMany(journal, 'beta', { count: 5 });

    expect(positionsOf(await watching)).toEqual([...early, ...late]);
  });

  test('watches from now when no position is given', async () => {
    const { journal } = current.it;
    const [early = 0] = await appendMany(journal, 'alpha', { count: 1 });
    let watched: number[] | undefined;
    void take(journal.watch({ signal: new AbortController().signal }), 2).then((stored) => {
      watched = positionsOf(stored);
    });

    // When exactly now is, only the journal knows: so messages land until two of them were seen.
    const writer = createRecordWriter('beta');
    const late: number[] = [];
    while (watched === undefined) late.push(await journal.append(writer.next(late.at(-1) ?? 0)));
    expect(watched).not.toContain(early);
    const from = late.indexOf(watched[0] ?? 0);
    expect(watched).toEqual(late.slice(from, from + 2));
  });

  test('watches one run and leaves the others out', async () => {
    const { journal } = current.it;
    const watching = take(journal.watch({ run: 'beta', after: 0, signal: new AbortController().signal }), 2);
    await appendMany(journal, 'alpha', { count: 2 });
    const positions = await appendMany(journal, 'beta', { count: 2 });

    expect(positionsOf(await watching)).toEqual(positions);
  });

  ending(current);
}

function ending(current: { readonly it: OpenJournal }): void {
  test('leaves no gap between reading a run and watching it while it grows', async () => {
    const { journal, other } = current.it;
    const growing = appendMany(other, 'alpha', { count: 60 });
    const read = await collect(journal.read('alpha'));
    const after = read.at(-1)?.position ?? 0;
    const { signal } = new AbortController();
    const watched =
      read.length === 60 ? [] : await take(journal.watch({ run: 'alpha', after, signal }), 60 - read.length);

    expect(positionsOf([...read, ...watched])).toEqual(await growing);
  });

  test('ends when the signal aborts, while it waits and before it begins', async () => {
    const { journal } = current.it;
    const stop = new AbortController();
    const [position] = await appendMany(journal, 'alpha', { count: 1 });
    const seen: number[] = [];
    for await (const stored of journal.watch({ after: 0, signal: stop.signal })) {
      seen.push(stored.position);
      setImmediate(() => stop.abort());
    }

    expect(seen).toEqual([position]);
    expect(await collect(journal.watch({ after: 0, signal: stop.signal }))).toEqual([]);
  });
}
