import { expect, test } from 'vitest';
import { appendMany, type OpenJournal, positionsOf, take, useJournal } from './open-journal.ts';

/** Following the journal from a time on, and knowing when what there was has been told. */
export function sinceContract(open: () => Promise<OpenJournal>): void {
  const current = useJournal(open);
  const { signal } = new AbortController();

  test('tells what was stored from that time on, then what lands', async () => {
    const { journal } = current.it;
    await appendMany(journal, 'alpha', { count: 3 });
    const since = await laterMs();
    const early = await appendMany(journal, 'beta', { count: 2 });
    const watching = take(journal.watch({ since, signal }), 5);
    const late = await appendMany(journal, 'gamma', { count: 3 });

    expect(positionsOf(await watching)).toEqual([...early, ...late]);
  });

  test('tells all since a time before the first message, of one run where one is asked for', async () => {
    const { journal } = current.it;
    const alpha = await appendMany(journal, 'alpha', { count: 3 });
    const beta = await appendMany(journal, 'beta', { count: 2 });

    expect(positionsOf(await take(journal.watch({ since: 0, signal }), 5))).toEqual([...alpha, ...beta]);
    expect(positionsOf(await take(journal.watch({ since: 0, run: 'beta', signal }), 2))).toEqual(beta);
  });

  test('tells what lands next when the time is still to come', async () => {
    const { journal } = current.it;
    await appendMany(journal, 'alpha', { count: 2 });
    const end = caughtUp();
    const since = Date.now() + 3_600_000;
    const watching = take(journal.watch({ since, signal, onCaughtUp: end.onCaughtUp }), 1);
    await end.reached;
    const next = await appendMany(journal, 'beta', { count: 1 });

    expect(positionsOf(await watching)).toEqual(next);
  });

  test('goes by the position when both are given', async () => {
    const { journal } = current.it;
    const [first, ...rest] = await appendMany(journal, 'alpha', { count: 3 });
    const watching = take(journal.watch({ after: first ?? 0, since: 0, signal }), 2);

    expect(positionsOf(await watching)).toEqual(rest);
  });

  reachingTheEnd(current);
}

function reachingTheEnd(current: { readonly it: OpenJournal }): void {
  test.each([
    ['of every run', {}, 5],
    ['of one run', { run: 'beta' }, 2],
  ])('says that what was there has been told, behind the last message %s', async (_, options, count) => {
    const { journal } = current.it;
    await appendMany(journal, 'beta', { count: 2 });
    await appendMany(journal, 'alpha', { count: 3 });
    const stop = new AbortController();
    const watch = { ...options, since: 0, signal: stop.signal, onCaughtUp: () => stop.abort() };
    let told = 0;
    for await (const _message of journal.watch(watch)) {
      expect(stop.signal.aborted).toBe(false);
      told++;
    }

    expect(told).toBe(count);
  });

  test('says it at once when there is nothing, and no second time', async () => {
    const { journal } = current.it;
    const end = caughtUp();
    const { signal } = new AbortController();
    const watching = take(journal.watch({ since: 0, signal, onCaughtUp: end.onCaughtUp }), 3);
    await end.reached;
    await appendMany(journal, 'alpha', { count: 3 });

    expect(await watching).toHaveLength(3);
    expect(end.times()).toBe(1);
  });
}

/** A time that everything stored so far is older than. */
/** A time behind all that has been stored so far. */
export async function laterMs(): Promise<number> {
  const before = Date.now();
  while (Date.now() <= before) await new Promise((resolve) => setImmediate(resolve));

  return Date.now();
}

function caughtUp() {
  let times = 0;
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const onCaughtUp = (): void => {
    times++;
    reach();
  };

  return { onCaughtUp, reached, times: () => times };
}
