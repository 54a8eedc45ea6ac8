// One page of a list. Method: lists of numbers that are compared with what sorting all of them gives.
import { expect, test } from 'vitest';
import { type Order, pageInTurns, pageOf } from '../../src/operations/page.ts';

type Item = { readonly id: string; readonly at: number };
const latest: Order<Item> = { name: 'items', place: ({ at, id }) => [at, id], descending: [true] };
const items = Array.from({ length: 100 }, (_, index): Item => ({ id: `${index}`, at: (index * 37) % 10 }));
const sorted = items.toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));

function read(limit: number, meanwhile: (all: Item[]) => void = () => undefined): readonly Item[] {
  const all = [...items];
  const found: Item[] = [];
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const page = pageOf(all, latest, { limit, after });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    expect(page.total).toBe(all.length);
    found.push(...page.items);
    after = page.next;
    meanwhile(all);
  }

  return found;
}

test.each([1, 7, 99, 100, 101])('pages of %i together are the whole list in order', (limit) => {
  expect(read(limit)).toEqual(sorted);
});

test('what comes and goes meanwhile makes no doubles and no gaps among what stays', () => {
  let count = 0;
  const gone = new Set(sorted.filter((_, index) => index % 9 === 0));
  const found = read(7, (all) => {
    count += 1;
    all.unshift({ id: `new ${count}`, at: count % 10 });
    for (const each of [...all]) if (gone.has(each)) all.splice(all.indexOf(each), 1);
  });
  expect(new Set(found).size).toBe(found.length);
  expect(found.filter((each) => items.includes(each) && !gone.has(each))).toEqual(
    sorted.filter((each) => !gone.has(each)),
  );
});

test('a cursor belongs to one list and one order', () => {
  const { next = '' } = pageOf(items, latest, { limit: 1 });
  const other = { ...latest, name: 'other items' };
  expect(() => pageOf(items, other, { limit: 1, after: next })).toThrow('no cursor of a list of other items');
  expect(() => pageOf(items, latest, { limit: 1, after: '%' })).toThrow('no cursor of a list of items');
});

test('a page that is made in turns is the same, and others have theirs meanwhile', async () => {
  let hadTurn = false;
  setImmediate(() => {
    hadTurn = true;
  });
  const all = Array.from({ length: 200_000 }, (_, index): Item => ({ id: `${index}`, at: index % 1_000 }));
  const page = await pageInTurns(all, latest, { limit: 7 });

  expect(hadTurn).toBe(true);
  expect(page).toEqual(pageOf(all, latest, { limit: 7 }));
});
