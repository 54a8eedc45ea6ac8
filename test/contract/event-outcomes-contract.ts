import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventOutcome } from '../../events/event-outcome.ts';
import type { EventOutcomes, OutcomeFilter } from '../../src/ports/events/outcome-filter.ts';
import { cloudEvent } from './event-publisher-contract.ts';

export type OpenEventOutcomes = {
  readonly outcomes: EventOutcomes;
  /** The same outcomes as another process sees them. */
  readonly other: EventOutcomes;
  readonly close: () => Promise<void>;
};

type Current = { it: OpenEventOutcomes };

const atMs = Date.parse('2026-01-01T00:00:00.000Z');

/** What every implementation of the outcomes promises. */
export function eventOutcomesContract(open: () => Promise<OpenEventOutcomes>): void {
  const current: Current = { it: undefined as unknown as OpenEventOutcomes };
  beforeEach(async () => {
    current.it = await open();
  });
  afterEach(() => current.it.close());

  noting(current);
  listing(current);
}

function noting(current: Current): void {
  test('an outcome that was noted is found by its position and listed, by another process, too', async () => {
    const { outcomes, other } = current.it;
    const effects = [{ kind: 'started', definition: 'order', trigger: 'order.paid', run: 't1' }] as const;
    const taken = outcome(7, { event: cloudEvent('1'), by: 'ana', effects: [...effects] });
    const dead = outcome(9, { status: 'dead', type: 'ä ▛▞ > *', text: '{"\u0000', effects: [] });
    expect(await outcomes.list({ limit: 10 })).toEqual([]);
    for (const each of [taken, dead]) await outcomes.note(each);

    expect(await other.of(7)).toEqual(taken);
    expect(await other.of(9)).toEqual(dead);
    expect(await listed(other, { limit: 10 })).toEqual([dead, taken]);
  });

  test.each([0, -1, 3, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'finds nothing at %d',
    async (position) => {
      const { outcomes } = current.it;
      await outcomes.note(outcome(1));

      expect(await outcomes.of(position)).toBeUndefined();
    },
  );

  test('of what was noted twice for a position the later one counts, in every list', async () => {
    const { outcomes, other } = current.it;
    for (const position of [1, 2, 3]) await outcomes.note(outcome(position, { status: 'ignored' }));
    const later = outcome(1, { status: 'taken', type: 'order.late' });
    await other.note(later);
    await outcomes.note(later);

    const positions = async (filter: object) =>
      (await listed(outcomes, { limit: 10, ...filter })).map(({ position }) => position);
    expect(await outcomes.of(1)).toEqual(later);
    expect(await positions({})).toEqual([1, 3, 2]);
    expect(await positions({ status: 'ignored' })).toEqual([3, 2]);
    expect(await positions({ type: 'order.paid' })).toEqual([3, 2]);
    expect(await positions({ type: 'order.late' })).toEqual([1]);
  });

  test('what is too large is kept without the data of its event, and then with less of the rest', async () => {
    const { outcomes } = current.it;
    const large = cloudEvent('1', { data: 'x'.repeat(1_000_000) });
    const { data: _, ...event } = large;
    const effects = Array.from(
      { length: 5_000 },
      (_, index) => ({ kind: 'woke', run: `run-${index}` }) as const,
    );
    await outcomes.note(outcome(1, { event: large }));
    await outcomes.note(outcome(2, { event: large, effects }));
    await outcomes.note(outcome(3, { status: 'dead', text: '\u0000'.repeat(16_384) }));
    await outcomes.note(outcome(4, { event: cloudEvent('x'.repeat(900_000)), effects }));

    expect(await outcomes.of(1)).toEqual(outcome(1, { event }));
    expect(await outcomes.of(2)).toEqual(outcome(2, { event, effects: effects.slice(0, 20) }));
    expect(await outcomes.of(3)).toEqual(outcome(3, { status: 'dead', text: '\u0000'.repeat(2_000) }));
    expect(await outcomes.of(4)).toEqual(outcome(4));
  });

  test('40 that are noted at the same time are all there, once', async () => {
    const { outcomes, other } = current.it;
    const all = Array.from({ length: 40 }, (_, index) => outcome(index + 1));
    await Promise.all(all.map((each, index) => (index % 2 === 0 ? outcomes : other).note(each)));

    const found = await listed(outcomes, { limit: 100 });
    expect(found.toSorted((one, two) => one.position - two.position)).toEqual(all);
  });
}

function listing(current: Current): void {
  test('lists the latest first, as many as are wanted, by status, type and time', async () => {
    const { outcomes } = current.it;
    const all = Array.from({ length: 200 }, (_, index) =>
      outcome(index + 1, {
        at: new Date(atMs + index * 60_000).toISOString(),
        status: index % 50 === 0 ? 'dead' : 'taken',
        type: index % 3 === 0 ? 'a.b' : 'a',
      }),
    );
    for (let from = 0; from < all.length; from += 20)
      await Promise.all(all.slice(from, from + 20).map((each) => outcomes.note(each)));
    const sinceMs = atMs + 149 * 60_000;
    const latest = await listed(outcomes, { limit: 1_000 });
    const wanted = (isWanted: (each: EventOutcome) => boolean, limit: number) =>
      latest.filter(isWanted).slice(0, limit);

    expect(latest).toHaveLength(200);
    expect(await listed(outcomes, { limit: 3 })).toEqual(latest.slice(0, 3));
    expect(await listed(outcomes, { limit: 0 })).toEqual([]);
    expect(await listed(outcomes, { limit: 3, status: 'dead' })).toEqual(
      wanted(({ status }) => status === 'dead', 3),
    );
    expect(await listed(outcomes, { limit: 100, type: 'a.b' })).toEqual(
      wanted(({ type }) => type === 'a.b', 100),
    );
    expect(await listed(outcomes, { limit: 9, status: 'dead', type: 'a' })).toEqual(
      wanted(({ status, type }) => status === 'dead' && type === 'a', 9),
    );
    expect(await listed(outcomes, { limit: 100, sinceMs })).toEqual(
      wanted(({ at }) => Date.parse(at) >= sinceMs, 100),
    );
    expect(await listed(outcomes, { limit: 10, type: 'nothing' })).toEqual([]);
    expect(await listed(outcomes, { limit: 10, status: 'refused' })).toEqual([]);
  });

  test('pages that follow each other show each once, however the times of engines differ', async () => {
    const { outcomes, other } = current.it;
    for (let position = 1; position <= 23; position += 1) {
      const at = new Date(atMs + (position % 2) * 60_000).toISOString();
      await (position % 2 === 0 ? outcomes : other).note(outcome(position, { at }));
    }
    await outcomes.note(outcome(4, { status: 'dead' }));

    const pages: number[][] = [];
    for (let before: number | undefined; pages.length < 9; ) {
      const page = await outcomes.list({ limit: 5, before });
      pages.push(page.map((each) => each.outcome.position));
      // What is noted meanwhile shifts nothing.
      await outcomes.note(outcome(100 + pages.length));
      if (page.length < 5) break;
      before = page.at(-1)?.place;
    }

    const latest = [4, ...Array.from({ length: 23 }, (_, index) => 23 - index).filter((each) => each !== 4)];
    expect(pages).toEqual([0, 5, 10, 15, 20].map((from) => latest.slice(from, from + 5)));
  });
}

async function listed(outcomes: EventOutcomes, filter: OutcomeFilter): Promise<readonly EventOutcome[]> {
  return (await outcomes.list(filter)).map(({ outcome: each }) => each);
}

function outcome(position: number, given: Partial<EventOutcome> = {}): EventOutcome {
  return {
    position,
    at: '2026-01-01T00:00:00.000Z',
    status: 'taken',
    type: 'order.paid',
    effects: [],
    ...given,
  };
}
