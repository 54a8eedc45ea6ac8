// What all who look at a run see is folded once for each event. Method: a fold that tells how often it was asked.
import { expect, test } from 'vitest';
import { foldedOnce } from '../../../src/operations/history/use-cases.ts';
import type { BookRow } from '../../../src/projections/insights/book-row.ts';
import { goldenRun } from '../../projections/golden-books.ts';

test('folds anew when an event came, for another definition, and for how the run was', () => {
  let count = 0;
  const told = foldedOnce(({ rows, at }) => {
    count += 1;
    return `${at ?? rows.length} of ${rows.length}`;
  });
  const { book, definition } = goldenRun('used-up');
  const rows: BookRow[] = book.rows.slice(0, 2);
  const now = () => told({ rows, definition });

  expect([now(), now(), count]).toEqual(['2 of 2', '2 of 2', 1]);
  rows.push(...book.rows.slice(2, 3));
  expect([now(), now(), count]).toEqual(['3 of 3', '3 of 3', 2]);
  expect([told({ rows, definition: undefined }), count]).toEqual(['3 of 3', 3]);
  expect([told({ rows, definition: undefined, at: 1 }), count]).toEqual(['1 of 3', 4]);
  expect([told({ rows: [...rows], definition: undefined }), count]).toEqual(['3 of 3', 5]);
});
