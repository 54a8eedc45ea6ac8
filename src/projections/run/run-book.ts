import type { JournalRecord } from '../../../events/record.ts';
import { isSigned } from '../../../machines/run/record/record-text.ts';
import type { Landed } from '../../ports/runs/board.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import { type BookRow, bookRow } from '../insights/book-row.ts';
import { problemLine } from '../task/event-line.ts';

/** The events of a run, one after another, as rows. */
export type RunBook = {
  readonly rows: readonly BookRow[];
  /** The place of the last of them in the journal of all runs, 0 for none. */
  readonly position: () => number;
  /** The next message of the run. */
  readonly add: (stored: Stored) => void;
  /** The next record, heard of as it landed. False when it is not the next one: the journal has to be asked. */
  readonly land: (landed: Landed) => boolean;
};

/**
 * Folds the messages of a run into rows. That each is what was written, and follows the one before, is checked here;
 * what it means for the run is not, so that a book of many thousand events is filled in no time.
 */
export function createRunBook(): RunBook {
  const rows: BookRow[] = [];
  let last: JournalRecord | undefined;
  let damagedAt: number | undefined;
  const sequence = (): number => rows.at(-1)?.line.sequence ?? 0;
  const take = (position: number, record: JournalRecord | undefined, problem: string | undefined): void => {
    const next = sequence() + 1;
    if (problem !== undefined) damagedAt ??= next;
    if (record?.sequence === next) {
      rows.push(bookRow(record, position, problem));
      last = record;
    } else {
      const place = { sequence: next, position, problem: problem ?? 'no record of this run' };
      rows.push({ line: problemLine(rows.at(-1)?.line, place), moves: [], isOver: false });
    }
  };

  return {
    rows,
    position: () => rows.at(-1)?.line.position ?? 0,
    add: (stored) => {
      const record = stored.kind === 'record' ? stored.record : undefined;
      const problem = damagedAt === undefined ? problemOf(stored, last) : behind(damagedAt);
      take(stored.position, record, problem);
    },
    land: ({ position, record, line }) => {
      if (damagedAt !== undefined || last === undefined || record.sequence !== sequence() + 1) return false;
      if (record.previoushash !== last.hash || line.damage !== undefined) return false;
      take(position, record, undefined);

      return true;
    },
  };
}

function behind(damagedAt: number): string {
  return `it stands behind event ${damagedAt}, which is damaged`;
}

function problemOf(stored: Stored, last: JournalRecord | undefined): string | undefined {
  if (stored.kind === 'foreign') return `no record of this run: ${stored.reason}`;
  const { record, body } = stored;
  const expected = (last?.sequence ?? 0) + 1;
  if (record.sequence !== expected)
    return `event ${expected} is missing: event ${record.sequence} stands here`;
  if (record.previoushash !== (last?.hash ?? ''))
    return 'its hash of the event before is not that of the event before';

  return isSigned(body, record.hash)
    ? undefined
    : 'the record was altered: its hash does not fit its content';
}
