// The timeline tells what each task did and waited for. Method: laws that hold for every real journal of a release, up
// to each of its events; then single journals whose bars are known, as a person would draw them.

import { describe, expect, test } from 'vitest';
import type { FactMembers } from '../../../events/catalogue.ts';
import type { Timeline } from '../../../src/api/run-parts.ts';
import type { BookRow } from '../../../src/projections/insights/book-row.ts';
import { timelineOf } from '../../../src/projections/task/timeline.ts';
import { goldenRun, goldenRuns } from '../golden-books.ts';

type Row = Timeline['rows'][number];
type Bar = Row['bars'][number];

const runs = goldenRuns();

function shape(row: Row): readonly string[] {
  return row.bars.map(
    ({ kind, attempt, outcome }) => `${kind} ${attempt}${outcome === undefined ? '' : ` ${outcome}`}`,
  );
}

/** Whether a bar begins when the one before it has ended, and not before its own event. */
function followsIn(at: number): (bar: Bar, index: number, bars: readonly Bar[]) => boolean {
  return ({ from, to, fromEvent, toEvent }, index, bars) => {
    const before = bars[index - 1];
    const isBehind = before === undefined || (before.to !== undefined && before.to <= from);

    return isBehind && (to ?? from) >= from && fromEvent <= (toEvent ?? at) && (toEvent ?? at) <= at;
  };
}

describe.each(runs)('$name', ({ book, records, definition }) => {
  test('has bars that follow one another, at most one of them open', () => {
    for (let at = 1; at <= records.length; at++) {
      const { rows } = timelineOf(book.rows, { at, definition });
      expect(rows.flatMap(({ id, bars }) => (bars.every(followsIn(at)) ? [] : [id]))).toEqual([]);
    }
  });

  test('has one bar at most for each attempt that was carried out', () => {
    for (const { id, bars } of timelineOf(book.rows, { definition }).rows) {
      const running = bars.filter(({ kind }) => kind === 'running').map(({ attempt }) => attempt);
      expect([id, running]).toEqual([id, [...new Set(running)]]);
    }
  });

  test('shows every attempt that the journal says began, with its worker', () => {
    const timeline = timelineOf(book.rows, { definition });
    // An attempt whose worker was lost is begun again by another one, in the same bar.
    const workers = new Map<string, unknown>();
    for (const { type, data } of records) {
      const { task, attempt, worker }: FactMembers = data.fact;
      if (type === 'task.started') workers.set(`${String(task)} ${String(attempt)}`, worker);
    }
    const shown = timeline.rows.flatMap(({ id, bars }) =>
      bars.flatMap(({ kind, attempt, worker }): [string, unknown][] =>
        kind === 'running' ? [[`${id} ${attempt}`, worker]] : [],
      ),
    );

    expect(Object.fromEntries(shown)).toMatchObject(Object.fromEntries(workers));
  });

  test('has no open bar when the run is over, and the status that each task has', () => {
    const timeline = timelineOf(book.rows, { definition });
    const isOver = records.at(-1)?.data.head.endedAt !== undefined;
    expect(timeline.isOver).toBe(isOver);
    const open = timeline.rows.filter(({ bars }) => bars.some(({ to }) => to === undefined));
    if (isOver) expect(open).toEqual([]);
    for (const { type } of timeline.rows) expect(type).not.toBe('');
  });
});

test('draws what a task waited for, each attempt, and the wait for the next', () => {
  const { book, definition } = goldenRun('used-up');
  const { rows } = timelineOf(book.rows, { definition });

  expect(Object.fromEntries(rows.map((row) => [row.id, shape(row)]))).toEqual({
    a: ['queued 1', 'running 1 failed', 'waiting 1', 'queued 2', 'running 2 completed'],
    b: ['queued 1', 'running 1 completed'],
  });
});

test('puts the passes of a FORK behind it, one step deeper', () => {
  const { book, definition } = goldenRun('crowd');
  const { rows } = timelineOf(book.rows, { definition });
  const each = rows.findIndex(({ id }) => id === 'each');

  expect(rows[each]).toMatchObject({ depth: 0, type: 'FORK' });
  expect(rows.slice(each + 1, each + 7).map(({ depth }) => depth)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(rows.slice(each + 1, each + 7).every(({ id }) => id.startsWith('each['))).toBe(true);
});

test('draws an approval as a wait, and the answer as a mark', () => {
  const { book, definition } = goldenRun('document-approval-approved');
  const timeline = timelineOf(book.rows, { definition });
  const asked = timeline.rows.filter(({ type }) => type === 'HUMAN');

  expect(asked.length).toBeGreaterThan(0);
  for (const row of asked) {
    expect(row.bars.map(({ kind }) => kind)).toContain('waiting');
    expect(row.marks.map(({ type }) => type)).toContain('approval.granted');
  }
});

test('is as it was after an earlier event', () => {
  const { book, definition } = goldenRun('sequence');
  const early = timelineOf(book.rows, { definition, at: 2 });

  expect(early.isOver).toBe(false);
  expect(early.to).toBe(book.rows[1]?.line.time);
  expect(early.rows).toHaveLength(1);
  expect(early.rows[0]?.bars.at(-1)).not.toHaveProperty('to');
});

test('tells of a run with very many tasks as fast as it is read', () => {
  const count = 80_000;
  const rows = Array.from({ length: count }, (_, index): BookRow => {
    const task = `t${index}`;
    const told = { time: new Date(index).toISOString(), type: 'task.scheduled', actor: 'engine', note: '' };
    const place = { sequence: index + 1, position: index + 1, status: 'RUNNING', isIntervention: false };
    return { line: { ...told, ...place, task }, moves: [{ task, to: 'scheduled' }], isOver: false };
  });
  const { rows: told, omitted } = timelineOf(rows, {});

  expect([told.length, omitted, told[0]?.id, told.at(-1)?.id]).toEqual([500, count - 500, 't0', 't499']);
});
