import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MarkStore } from '../../src/ports/mark-store.ts';

export type OpenMarkStore = {
  readonly marks: MarkStore;
  /** The same marks as another process sees them. */
  readonly other: MarkStore;
  readonly close: () => Promise<void>;
};

/** What every implementation of the marks promises. */
export function markStoreContract(open: () => Promise<OpenMarkStore>): void {
  let opened: OpenMarkStore;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  test('a mark is what was written last, whoever reads it and whatever it is', async () => {
    const { marks, other } = opened;
    expect(await marks.read('relay')).toBeUndefined();
    let revision = 0;
    for (const value of [{ at: 1, list: ['ä ▛▞', null] }, 'text', 0, false, null, [], 7]) {
      const written = await marks.write('relay', value, revision);
      expect(await other.read('relay')).toEqual({ value, revision: written });
      revision = written ?? 0;
    }
  });

  test('a write counts only where the mark is still as its writer knew it', async () => {
    const { marks, other } = opened;
    const first = (await marks.write('a/b', 1, 0)) ?? 0;
    expect(await other.write('a/b', 'late', 0)).toBeUndefined();
    const second = (await other.write('a/b', 2, first)) ?? 0;
    expect(await marks.write('a/b', 'stale', first)).toBeUndefined();
    expect(await marks.write('a/b', 'none', second + 1_000)).toBeUndefined();
    expect(await marks.write('c', 'never there', 5)).toBeUndefined();

    expect(second).toBeGreaterThan(first);
    expect(await marks.read('a/b')).toEqual({ value: 2, revision: second });
  });

  test('a mark is taken away where it is still as its taker knew it, and is as never written then', async () => {
    const { marks, other } = opened;
    const first = (await marks.write('a/b', 1, 0)) ?? 0;
    const second = (await other.write('a/b', 2, first)) ?? 0;
    await marks.write('a/c', 'beside', 0);
    expect(await marks.remove('a/b', first)).toBe(false);
    expect(await marks.remove('never/there', 7)).toBe(false);
    expect(await other.read('a/b')).toEqual({ value: 2, revision: second });

    expect(await marks.remove('a/b', second)).toBe(true);
    expect(await marks.remove('a/b', second)).toBe(false);
    expect(await other.read('a/b')).toBeUndefined();
    expect([...(await other.all('a')).keys()]).toEqual(['a/c']);
    expect(await other.write('a/b', 'stale', second)).toBeUndefined();
    const third = await other.write('a/b', 3, 0);
    expect(await marks.read('a/b')).toEqual({ value: 3, revision: third });
  });

  test('of 20 who write at the same time one is first', async () => {
    const { marks, other } = opened;
    for (let round = 0, revision = 0; round < 3; round++) {
      const settled = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? marks : other).write('schedule/daily/09', { round, index }, revision),
        ),
      );
      const [first, ...more] = settled.flatMap((one, index) => (one === undefined ? [] : [{ one, index }]));
      expect(more).toEqual([]);
      expect(await marks.read('schedule/daily/09')).toEqual({
        value: { round, index: first?.index },
        revision: first?.one,
      });
      revision = first?.one ?? 0;
    }
  });

  test('tells every mark whose key begins with some parts, and no other', async () => {
    const { marks, other } = opened;
    const keys = [
      'schedule/a/x',
      'schedule/a/y.z',
      'schedule/a.b/x',
      'schedule',
      'schedules/a',
      'paused/a/x',
    ];
    for (const key of keys) await other.write(key, key, 0);
    const told = async (first: string) =>
      [...(await marks.all(first))].map(([key, { value }]) => [key, value]);
    const twice = (wanted: readonly string[]) => wanted.map((key) => [key, key]).sort();

    expect((await told('schedule')).sort()).toEqual(twice(keys.slice(0, 4)));
    expect((await told('schedule/a')).sort()).toEqual(twice(keys.slice(0, 2)));
    expect(await told('schedule/a/x')).toEqual([['schedule/a/x', 'schedule/a/x']]);
    expect(await told('nothing')).toEqual([]);
    expect((await marks.all('paused')).get('paused/a/x')).toEqual(await marks.read('paused/a/x'));
  });

  test('tells a hundred marks as it tells a few, each once and none that was taken away', async () => {
    const { marks, other } = opened;
    const keys = Array.from({ length: 100 }, (_, index) => `many/${index}`);
    for (const key of keys) await marks.write(key, key, 0);
    for (const key of [3, 50].map((index) => `many/${index}`)) {
      await marks.remove(key, (await marks.read(key))?.revision ?? 0);
    }
    const left = keys.filter((key) => key !== 'many/3' && key !== 'many/50');

    expect([...(await other.all('many')).keys()].sort()).toEqual([...left].sort());
  });

  test('a part of a key may be any text, and no two keys share a mark', async () => {
    const { marks, other } = opened;
    const parts = ['*', '>', 'a b', 'a.b', 'A', 'a', '=41', 'ä▛', '\n', '..', ' ', 'x'.repeat(900)];
    const keys = parts.flatMap((part) => [part, `schedule/${part}`, `${part}/x`]);
    for (const key of keys) expect(await marks.write(key, key, 0), key).toBeDefined();

    for (const key of keys) expect((await other.read(key))?.value).toBe(key);
    expect(new Set((await other.all('schedule')).keys())).toEqual(
      new Set(parts.map((part) => `schedule/${part}`)),
    );
  });

  test.each(['', '/', 'a/', '/a', 'a//b', 'x'.repeat(1_001), 'ä'.repeat(501)])(
    'refuses %j as a key',
    async (key) => {
      const { marks } = opened;

      await expect(marks.read(key)).rejects.toThrow(RangeError);
      await expect(marks.write(key, 1, 0)).rejects.toThrow(RangeError);
      await expect(marks.all(key)).rejects.toThrow(RangeError);
    },
  );
}
