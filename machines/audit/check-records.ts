import type { JournalRecord } from '../../events/record.ts';
import { isTooDeep } from '../expressions/evaluate/json-size.ts';
import type { ReadRecord } from '../run/record/fold.ts';
import { isSigned } from '../run/record/record-text.ts';
import { RecordShape } from '../run/record/stored-record.ts';
import type { RunExport } from './export-format.ts';

/** What can be told of the records without their definition. `sound` are those before the first problem. */
export type CheckedRecords = {
  readonly sound: readonly ReadRecord[];
  /** The records that were read, whatever is wrong with them. */
  readonly all: readonly ReadRecord[];
  readonly problems: readonly AuditProblem[];
};

/** One text of the export: the number of its event, and the record where it is what was written. */
type Placed = {
  readonly sequence: number;
  readonly read?: ReadRecord;
  readonly problem?: AuditProblem;
};

/** Whether each record is what was written, and all of them are there, in order, up to the head. */
export function checkRecords({ run, records, head }: RunExport): CheckedRecords {
  const placed: Placed[] = [];
  for (const [index, body] of records.entries()) {
    placed.push(place(body, { run, index, expected: (placed.at(-1)?.sequence ?? 0) + 1 }));
  }
  const broken = [...placed.flatMap(({ problem }) => problem ?? []), ...chainProblems(placed)];
  const problems = [...broken, ...orderProblems(placed), ...missing(placed), ...headProblems(placed, head)];
  const sound = placed.slice(0, soundLength(placed, problems)).flatMap(({ read }) => read ?? []);

  return { sound, all: placed.flatMap(({ read }) => read ?? []), problems };
}

type Where = { readonly run: string; readonly index: number; readonly expected: number };

/** What was edited is told by its place: its own number may be what was edited. */
function place(body: string, { run, index, expected }: Where): Placed {
  const record = parsed(body);
  const edited = (why: string): Placed => ({
    sequence: expected,
    problem: problemAt('audit.edited', expected, `event ${expected} was edited: ${why}`),
  });
  if (typeof record === 'string') return edited(`record ${index + 1} of the file ${record}`);
  if (!isSigned(body, record.hash)) return edited('its hash does not fit its content');
  const { id, sequence } = record;
  if (id === `${run}/${sequence}`) return { sequence, read: { body, record } };
  const message = `record ${index + 1} of the file is ${quoted(id)}, which is no event of run ${run}`;

  return { sequence: expected, problem: problemAt('audit.foreign', expected, message) };
}

/** The record that a text is, or why it is none. */
function parsed(body: string): JournalRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return 'is not JSON';
  }
  const checked = RecordShape.safeParse(value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    return `is no record: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`;
  }
  const record = value as JournalRecord;

  return isTooDeep(record.data.fact) ? 'holds values that are nested too deep' : record;
}

function chainProblems(placed: readonly Placed[]): readonly AuditProblem[] {
  const known = new Map(placed.flatMap(({ read }) => (read ? [[read.record.sequence, read.record]] : [])));

  return placed.flatMap(({ read }) => {
    const record = read?.record;
    if (record === undefined) return [];
    const { sequence, previoushash } = record;
    const before = sequence === 1 ? '' : known.get(sequence - 1)?.hash;
    if (before === undefined || before === previoushash) return [];
    const other =
      sequence === 1
        ? 'it names an event before it'
        : `event ${sequence - 1} is not the one it was written after`;

    return [problemAt('audit.chain', sequence, `the chain breaks at event ${sequence}: ${other}`)];
  });
}

function orderProblems(placed: readonly Placed[]): readonly AuditProblem[] {
  const seen = new Set<number>();
  let highest = 0;

  return placed.flatMap(({ sequence }) => {
    const after = highest;
    const isRepeated = seen.has(sequence);
    seen.add(sequence);
    highest = Math.max(highest, sequence);
    if (isRepeated)
      return [problemAt('audit.repeated', sequence, `event ${sequence} is there more than once`)];
    if (sequence > after) return [];

    return [
      problemAt('audit.reordered', sequence, `event ${sequence} was moved: it stands behind event ${after}`),
    ];
  });
}

function missing(placed: readonly Placed[]): readonly AuditProblem[] {
  const there = [...new Set(placed.map(({ sequence }) => sequence))].sort((a, b) => a - b);

  return there.flatMap((sequence, index) => {
    const from = (there[index - 1] ?? 0) + 1;
    if (from === sequence) return [];
    const what = from === sequence - 1 ? `event ${from} is` : `events ${from} to ${sequence - 1} are`;

    return [problemAt('audit.gap', from, `${what} missing`)];
  });
}

function headProblems(placed: readonly Placed[], head: RunExport['head']): readonly AuditProblem[] {
  const highest = placed.reduce((most, { sequence }) => Math.max(most, sequence), 0);
  if (highest < head.sequence) {
    const message = `the end was cut off: the head is event ${head.sequence}, the last record is event ${highest}`;
    return [problemAt('audit.truncated', highest + 1, message)];
  }
  if (highest > head.sequence) {
    const message = `the records go on to event ${highest}, the head is event ${head.sequence}`;
    return [problemAt('audit.head', head.sequence, message)];
  }
  const last = placed.find(({ sequence }) => sequence === highest)?.read?.record;
  if (last === undefined || last.hash === head.hash) return [];

  return [
    problemAt(
      'audit.head',
      highest,
      `event ${highest} is not the one that the head names: its hash is another one`,
    ),
  ];
}

function soundLength(placed: readonly Placed[], problems: readonly AuditProblem[]): number {
  let first = Number.POSITIVE_INFINITY;
  // What the head names says nothing against the records themselves.
  for (const { code, sequence = 1 } of problems) if (code !== 'audit.head') first = Math.min(first, sequence);
  const until = placed.findIndex(({ sequence }, index) => sequence >= first || sequence !== index + 1);

  return until === -1 ? placed.length : until;
}

/**
 * One thing that is wrong with an export. `code` is stable: `audit.edited`, `audit.gap`, `audit.reordered`,
 * `audit.repeated`, `audit.foreign`, `audit.truncated`, `audit.head`, `audit.chain`, `audit.differs`,
 * `audit.unexplained`, `audit.definition`, `audit.blob`, `audit.signature`, `audit.unknown-key`, `audit.key-expired`,
 * `audit.unsigned`, `audit.rewritten` or `audit.format`. `sequence` is the event that it is about.
 */
export type AuditProblem = { readonly code: string; readonly sequence?: number; readonly message: string };

/** Words of a problem about one event. */
export function problemAt(code: string, sequence: number, message: string): AuditProblem {
  return { code, sequence, message };
}

/** Text from outside may be of any length; a problem is for people to read. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
