// A book has a row for each message of a run, and says which cannot follow those before it. Method: a real journal,
// whole and with something done to it.
import { expect, test } from 'vitest';
import { parseStored } from '../../../machines/run/record/stored-record.ts';
import type { Stored } from '../../../src/ports/runs/journal.ts';
import { createRunBook } from '../../../src/projections/run/run-book.ts';
import { goldenBodies } from '../golden-books.ts';

const { run, bodies } = goldenBodies('sequence');

function storedOf(body: string, position: number): Stored {
  return parseStored({ run, position, body });
}

function bookOf(texts: readonly string[]) {
  const book = createRunBook();
  for (const [index, body] of texts.entries()) book.add(storedOf(body, index + 1));

  return book;
}

function problems(texts: readonly string[]): readonly (string | undefined)[] {
  return bookOf(texts).rows.map(({ line }) => line.problem);
}

test('has a row for each event, in order and without a problem', () => {
  const { rows, position } = bookOf(bodies);

  expect(rows.map(({ line }) => line.sequence)).toEqual(bodies.map((_, index) => index + 1));
  expect(rows.every(({ line }) => line.problem === undefined)).toBe(true);
  expect(position()).toBe(bodies.length);
  expect(rows.at(-1)).toMatchObject({ isOver: true, line: { status: 'COMPLETED' } });
});

test('says of an altered record, and of all behind it, what is wrong', () => {
  const altered = bodies.map((body, index) => (index === 2 ? body.replace('"actor":"', '"actor":"x') : body));
  const told = problems(altered);

  expect(told.slice(0, 2)).toEqual([undefined, undefined]);
  expect(told[2]).toContain('was altered');
  expect(told[3]).toContain('it stands behind event 3');
});

test('says of a missing event that it is missing, and gives a stranger the place of an event', () => {
  expect(problems(bodies.filter((_, index) => index !== 1))[1]).toContain('event 2 is missing');
  const [first = '', ...rest] = bodies;
  const { rows } = bookOf([first, 'no record', ...rest]);

  expect(rows[1]).toMatchObject({ line: { sequence: 2, type: 'journal.damaged' }, moves: [] });
  expect(rows[1]?.line.problem).toContain('no record of this run');
});

test('takes the record that lands next, and no other', () => {
  const book = bookOf(bodies.slice(0, 3));
  const landed = (index: number) => {
    const stored = storedOf(bodies[index] ?? '', index + 1);
    if (stored.kind === 'foreign') throw new Error(stored.reason);
    const { position, record } = stored;
    const line = { run, head: record.data.head, sequence: record.sequence, updatedAt: record.time, position };
    return { position, run, record, line };
  };

  expect(book.land(landed(4))).toBe(false);
  expect(book.land(landed(3))).toBe(true);
  expect(book.land(landed(3))).toBe(false);
  expect(book.land(landed(4))).toBe(true);
  expect(book.rows).toEqual(bookOf(bodies.slice(0, 5)).rows);
});
