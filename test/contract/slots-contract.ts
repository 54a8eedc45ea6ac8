import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Slots } from '../../src/ports/work/slots.ts';

export type OpenSlots = {
  readonly slots: Slots;
  /** The same slots as another process sees them. */
  readonly other: Slots;
  readonly close: () => Promise<void>;
};

type Current = { it: OpenSlots };

const held = { held: true };
const behind = (ahead: number) => ({ held: false, ahead });

/** What every implementation of the slots port promises. */
export function slotsContract(open: () => Promise<OpenSlots>): void {
  const current: Current = { it: undefined as unknown as OpenSlots };
  beforeEach(async () => {
    current.it = await open();
  });
  afterEach(() => current.it.close());

  asking(current);
  givingUp(current);
  completeness(current);
  keys(current);
  limits(current);
  crowds(current);
}

function asking(current: Current): void {
  test('gives as many runs a slot as the limit says, and tells the others how many wait in front', async () => {
    const { slots, other } = current.it;

    expect(await slots.acquire('k', 'a', 2)).toEqual(held);
    expect(await other.acquire('k', 'b', 2)).toEqual(held);
    expect(await slots.acquire('k', 'c', 2)).toEqual(behind(0));
    expect(await other.acquire('k', 'd', 2)).toEqual(behind(1));
    expect(await slots.holders('k')).toEqual(['a', 'b']);
  });

  test('gives the same answer to a run that asks again, whoever it asks', async () => {
    const { slots, other } = current.it;
    for (const run of ['a', 'b', 'c']) await slots.acquire('k', run, 1);

    for (const again of [slots, other, slots]) {
      expect(await again.acquire('k', 'a', 1)).toEqual(held);
      expect(await again.acquire('k', 'c', 1)).toEqual(behind(1));
    }
  });

  test('keeps a slot that becomes free for the first in line, even if others ask before', async () => {
    const { slots, other } = current.it;
    for (const run of ['a', 'b', 'c']) await slots.acquire('k', run, 1);
    await other.release('k', 'a');

    expect(await slots.acquire('k', 'c', 1)).toEqual(behind(0));
    expect(await other.acquire('k', 'a', 1)).toEqual(behind(1));
    expect(await slots.holders('k')).toEqual(['b']);
    expect(await slots.acquire('k', 'b', 1)).toEqual(held);
  });
}

function givingUp(current: Current): void {
  test('a run that waits can give up its place', async () => {
    const { slots, other } = current.it;
    for (const run of ['a', 'b', 'c']) await slots.acquire('k', run, 1);
    await other.release('k', 'b');

    expect(await slots.acquire('k', 'c', 1)).toEqual(behind(0));
  });

  test('giving up what a run does not have does nothing, also when nobody has anything', async () => {
    const { slots } = current.it;
    await slots.release('k', 'a');
    await slots.acquire('k', 'a', 1);
    await slots.release('k', 'b');
    expect(await slots.holders('k')).toEqual(['a']);

    await slots.release('k', 'a');
    await slots.release('k', 'a');
    expect(await slots.holders('k')).toEqual([]);
  });

  test('slots that were all given up are there for the next', async () => {
    const { slots, other } = current.it;
    for (const round of ['1', '2', '3']) {
      expect(await slots.acquire('k', `a${round}`, 1)).toEqual(held);
      expect(await other.acquire('k', `b${round}`, 1)).toEqual(behind(0));
      await other.release('k', `a${round}`);
      await slots.release('k', `b${round}`);
    }
  });
}

function completeness(current: Current): void {
  test('a new store is not complete until somebody says so, and then it is for all', async () => {
    const { slots, other } = current.it;
    expect(await slots.isComplete()).toBe(false);
    await slots.acquire('k', 'a', 1);
    expect(await other.isComplete()).toBe(false);
    await slots.markComplete();
    await slots.markComplete();

    expect([await slots.isComplete(), await other.isComplete()]).toEqual([true, true]);
    expect(await other.holders('k')).toEqual(['a']);
  });
}

function keys(current: Current): void {
  test('keys do not know of each other, whatever they are made of', async () => {
    const { slots, other } = current.it;
    const all = ['', '*', '>', 'a', 'a.b', 'A', 'ä ▛▞', 'a\nb', '../x', 'x'.repeat(100_000)];
    for (const key of all) expect(await slots.acquire(key, 'one', 1)).toEqual(held);

    for (const key of all) {
      expect(await other.acquire(key, 'two', 1)).toEqual(behind(0));
      expect(await other.holders(key)).toEqual(['one']);
    }
    expect(await slots.holders('never asked for')).toEqual([]);
  });
}

function limits(current: Current): void {
  test('tells who has to end for a run that waits: the oldest in front of it, as many as it needs', async () => {
    const { slots, other } = current.it;
    for (const run of ['a', 'b', 'c', 'd']) await slots.acquire('k', run, 2);

    expect(await other.inTheWay('k', 'b')).toEqual([]);
    expect(await other.inTheWay('k', 'c')).toEqual(['a']);
    expect(await other.inTheWay('k', 'd')).toEqual(['a', 'b']);
    expect(await other.inTheWay('k', 'nobody')).toEqual([]);
  });

  test('each run goes by its own limit, and what is held stays held', async () => {
    const { slots } = current.it;
    for (const run of ['a', 'b', 'c']) expect(await slots.acquire('k', run, 3)).toEqual(held);
    expect(await slots.acquire('k', 'lower', 1)).toEqual(behind(0));
    expect(await slots.acquire('k', 'higher', 5)).toEqual(held);

    expect(await slots.acquire('k', 'c', 3)).toEqual(held);
    expect(await slots.holders('k')).toEqual(['a', 'b', 'c', 'higher']);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d as a limit', async (limit) => {
    const { slots } = current.it;

    await expect(slots.acquire('k', 'a', limit)).rejects.toThrow(RangeError);
    expect(await slots.acquire('k', 'b', 1)).toEqual(held);
  });
}

function crowds(current: Current): void {
  test.each([1, 3])(
    'never lets more than %i of 8 runs hold a slot, and lets each of them in',
    async (limit) => {
      const { slots, other } = current.it;
      const holding = new Set<string>();
      let entered = 0;
      let most = 0;
      const work = async (run: string, mine: Slots): Promise<void> => {
        while (!(await mine.acquire('k', run, limit)).held) await turn();
        entered++;
        holding.add(run);
        most = Math.max(most, holding.size);
        // Nobody leaves before all slots were in use, or there was nobody left to use them.
        while (most < limit && entered < 8) await turn();
        expect(await mine.holders('k')).toContain(run);
        holding.delete(run);
        await mine.release('k', run);
      };

      await Promise.all(
        Array.from({ length: 8 }, (_, index) => work(`run-${index}`, index % 2 === 0 ? slots : other)),
      );
      expect([entered, most]).toEqual([8, limit]);
      expect(await slots.holders('k')).toEqual([]);
    },
  );

  test('lets 60 runs ask at the same time, and puts each in line once', async () => {
    const { slots, other } = current.it;
    const runs = Array.from({ length: 60 }, (_, index) => `run-${index}`);
    const answers = await Promise.all(
      runs.map((run, index) => (index % 2 === 0 ? slots : other).acquire('k', run, 10)),
    );

    expect(answers.filter((answer) => answer.held)).toHaveLength(10);
    const places = answers.flatMap((answer) => (answer.held ? [] : [answer.ahead]));
    expect(places.sort((one, two) => one - two)).toEqual(Array.from({ length: 50 }, (_, place) => place));
  });
}

/** Lets the others have a turn: in memory nothing else would. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
