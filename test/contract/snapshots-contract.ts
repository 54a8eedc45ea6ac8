import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Snapshots } from '../../src/ports/runs/snapshots.ts';

export type OpenSnapshots = {
  readonly store: Snapshots;
  /** The same store through a connection of its own, where there are connections. */
  readonly other: Snapshots;
  readonly close: () => Promise<void>;
};

const MiB = 1024 * 1024;

/** What every implementation of the store of snapshots promises. */
export function snapshotsContract(open: () => Promise<OpenSnapshots>): void {
  let it: OpenSnapshots;
  beforeEach(async () => {
    it = await open();
  });
  afterEach(() => it.close());

  test.each([
    ['empty', ''],
    ['small', 'digest\n{"a":1}'],
    ['long, with characters of every size', 'aä€😀'.repeat(MiB / 10)],
    ['long, and nothing that could be made shorter', noise(2 * MiB)],
  ])('gives back what was kept, to every reader: %s', async (_, text) => {
    await it.store.keep('run-1', text);

    expect((await it.other.latest('run-1')) === text).toBe(true);
  });

  test('gives back what was kept last, whether it is longer or shorter', async () => {
    for (const text of ['one', noise(MiB), 'three', noise(MiB / 2), 'five', '']) {
      await it.store.keep('run-1', text);
      expect((await it.other.latest('run-1')) === text).toBe(true);
    }
  });

  test('what another writer kept last counts', async () => {
    await it.store.keep('run-1', 'mine');
    await it.other.keep('run-1', 'theirs');
    expect(await it.store.latest('run-1')).toBe('theirs');

    await it.store.keep('run-1', 'mine again');
    expect(await it.other.latest('run-1')).toBe('mine again');
  });

  test('knows nothing of a run of which nothing was kept', async () => {
    await it.store.keep('run-1', 'text');

    expect(await it.store.latest('run-10')).toBeUndefined();
    expect(await it.store.latest('run')).toBeUndefined();
  });

  test('what was dropped is gone, and that of other runs is not', async () => {
    await it.store.keep('run-1', noise(MiB));
    await it.store.keep('run-2', 'text');
    await it.store.drop('run-1');
    await it.store.drop('run-3');

    expect(await it.other.latest('run-1')).toBeUndefined();
    expect(await it.other.latest('run-2')).toBe('text');
  });

  test('everything can be dropped, also where there is nothing', async () => {
    await it.store.dropAll();
    await it.store.keep('run-1', 'text');
    await it.store.keep('run-2', 'text');
    await it.store.dropAll();
    expect([await it.other.latest('run-1'), await it.other.latest('run-2')]).toEqual([undefined, undefined]);

    await it.store.keep('run-1', 'again');
    expect(await it.other.latest('run-1')).toBe('again');
  });

  test.each(['', '*', '>', 'a.b', 'a b', 'A', 'x'.repeat(65)])('refuses the run id "%s"', async (run) => {
    await expect(it.store.keep(run, 'text')).rejects.toThrow(RangeError);
    await expect(it.store.latest(run)).rejects.toThrow(RangeError);
    await expect(it.store.drop(run)).rejects.toThrow(RangeError);
  });
}

/** Text that looks random and is the same each time. */
function noise(chars: number): string {
  let text = '';
  for (let seed = 1; text.length < chars; seed = (seed * 48_271) % 2_147_483_647) text += seed.toString(36);

  return text.slice(0, chars);
}
