// What is told of a run in a list, from its last record alone, and what filters and orders of lists mean. An index that
// is a database says the same in its own words, and a contract holds them together.
import type { Head } from '../../../events/record.ts';
import type { DefinitionRef } from '../../../events/run-events.ts';
import { localId } from '../../chart/task-at.ts';
import { triggerOf } from '../../triggers/trigger-of.ts';
import { statusOfDamaged } from './damage-text.ts';

/** A run as its last record tells. */
export type RunLine = {
  readonly run: string;
  readonly head: Head;
  readonly position: number;
  readonly updatedAt: string;
  readonly damage?: { readonly code: string };
  readonly archived?: 'whole' | 'head';
};

/** The least characters of an id that are shown. */
export const shortIdLength = 13;

/** One term of a filter, such as `status=FAILED,TIMED_OUT`, `label.team=finance` or `started>2026-01-31`. */
export type RunTerm =
  | {
      readonly field:
        | ('status' | 'definition' | 'error' | 'active' | 'trigger' | 'run')
        | ('key' | 'owner' | 'agent' | 'group' | 'archived');
      readonly isNot: boolean;
      readonly values: readonly string[];
    }
  | {
      readonly field: 'label' | 'input';
      readonly name: string;
      readonly isNot: boolean;
      readonly values: readonly string[];
    }
  /** `~`: the error, code or message, or the key has the text in it, A to Z in either case. */
  | { readonly field: 'contains'; readonly in: 'error' | 'key'; readonly text: string }
  | { readonly field: 'started'; readonly operator: '<' | '<=' | '>' | '>='; readonly at: string };

/** What a run has to fit; each member that is there. Times are ISO 8601. */
export type RunsFilter = {
  readonly terms?: readonly RunTerm[] | undefined;
  /** Lower-case text in what runs are found by: see `searchTextOf`. */
  readonly text?: string | undefined;
  /** One of these statuses, as people read them. */
  readonly shown?: readonly string[] | undefined;
  readonly isEnded?: boolean | undefined;
  readonly isDamaged?: boolean | undefined;
  /** Whether it is a part of another run. */
  readonly isPart?: boolean | undefined;
  /** Whether it has left the journal. */
  readonly isArchived?: boolean | undefined;
  readonly definition?: string | undefined;
  /** The hashes of definitions: one of these. */
  readonly hashes?: readonly string[] | undefined;
  /** The beginning of the id. */
  readonly prefix?: string | undefined;
  readonly startedFrom?: string | undefined;
  /** It changed at this time or later. */
  readonly updatedFrom?: string | undefined;
  /** Its last event is behind this position of the journal. */
  readonly behind?: number | undefined;
  /** It was started before the end of this span, and has not ended before its beginning. */
  readonly within?: { readonly from: string; readonly to: string } | undefined;
};

/**
 * The order of runs, the latest first: by the last change as its time says or by its position, by start, by definition
 * and then start, by the status that people read and then change, or by end.
 */
export type RunOrder = 'updated' | 'changed' | 'started' | 'definition' | 'status' | 'ended';

/** The place of a run in an order. */
export type RunPlace = readonly (string | number)[];

type LeftAlone = ReturnType<typeof statusOfDamaged>;

/**
 * The status of a run as a person reads it: one that only waits for approvals is running in name only, one that was
 * cancelled was not terminated, and one that is quarantined has no status that can be relied on.
 */
export type DisplayStatus = Head['status'] | NonNullable<Head['shown']> | LeftAlone;

/** The same from the line of a run in the index. */
export function shownStatusOfLine({ head, damage }: Pick<RunLine, 'head' | 'damage'>): DisplayStatus {
  if (damage !== undefined) return statusOfDamaged(damage);
  if (head.shown !== undefined) return head.shown;

  return head.status === 'RUNNING' && onlyAsks(head) ? 'NEEDS_APPROVAL' : head.status;
}

/** The most tasks a head names: the rest is one look at the run away. */
export const activeMax = 10;

/** What a head of an early release tells: where it names as many tasks as it may, there can be others. */
function onlyAsks({ active }: Head): boolean {
  if (active.length === 0 || active.length >= activeMax) return false;

  return active.every((task) => task.status === 'PENDING_APPROVAL');
}

/** The status of a run for programs and for choosing runs by it. */
export function statusOfLine({ head, damage }: RunLine): Head['status'] | LeftAlone {
  return damage === undefined ? head.status : statusOfDamaged(damage);
}

/** Whether a run is in one of the statuses, be it that of programs or the one that people are shown. */
function hasStatus(line: RunLine, wanted: readonly string[]): boolean {
  return wanted.includes(statusOfLine(line)) || wanted.includes(shownStatusOfLine(line));
}

type Fits = (line: RunLine) => boolean;

export function fitsFilter(filter: RunsFilter): Fits {
  const { terms, text, shown, within } = filter;
  const fits: readonly Fits[] = [
    ...(terms === undefined ? [] : [fitsTerms(terms)]),
    ...(text === undefined || text === '' ? [] : [(line: RunLine) => searchTextOf(line).includes(text)]),
    ...(shown === undefined ? [] : [(line: RunLine) => shown.includes(shownStatusOfLine(line))]),
    ...(within === undefined ? [] : [(line: RunLine) => isUnderWay(line, within)]),
    (line) => isSo(line, filter) && isOf(line, filter) && isRecent(line, filter),
  ];

  return (line) => fits.every((each) => each(line));
}

/** Whether a run fits all terms. */
export function fitsTerms(terms: readonly RunTerm[]): (line: RunLine) => boolean {
  return (line) => terms.every((term) => fitsTerm(line, term));
}

type NamedTerm = Extract<RunTerm, { readonly name: string }>;
type ValuesTerm = Exclude<Extract<RunTerm, { readonly values: readonly string[] }>, NamedTerm>;

function fitsTerm(run: RunLine, term: RunTerm): boolean {
  if (term.field === 'started') {
    return comparisons[term.operator](run.head.startedAt, term.at);
  }
  if (term.field === 'contains')
    return placesOf(run, term.in).some((each) => asciiLower(each).includes(term.text));
  if ('name' in term) {
    const value = (term.field === 'label' ? run.head.labels : run.head.searchable)?.[term.name];
    return (value !== undefined && term.values.includes(value)) !== term.isNot;
  }
  const fits = fitting[term.field];

  return term.values.some((each) => fits(run, each)) !== term.isNot;
}

const fitting: Readonly<Record<ValuesTerm['field'], (run: RunLine, value: string) => boolean>> = {
  status: (run, each) => hasStatus(run, [each]),
  // `orders`, or `orders@2` for a certain version.
  definition: ({ head: { definition } }, each) =>
    each.includes('@') ? `${definition.id}@${definition.version}` === each : definition.id === each,
  // A code, or `payment.*` for all that begin so.
  error: ({ head: { error = '' } }, each) =>
    each.endsWith('.*') ? error.startsWith(each.slice(0, -1)) : error === each,
  active: ({ head }, each) => head.active.some(({ task }) => task === each || localId(task) === each),
  trigger: ({ head }, each) => triggerOf(head) === each,
  // An id, or as much of it as is shown of ids: less could mean another run tomorrow.
  run: ({ run }, each) => run === each || (each.length >= shortIdLength && run.startsWith(each)),
  key: ({ head }, each) => head.key === each,
  owner: ({ head }, each) => head.owner === each,
  agent: ({ head }, each) => head.endedAt === undefined && head.agents?.includes(each) === true,
  group: ({ head }, each) => head.errorGroup === each,
  archived: ({ archived }, each) => (archived === undefined ? 'no' : 'yes') === each,
};

function placesOf({ head }: RunLine, place: 'error' | 'key'): readonly string[] {
  return place === 'key' ? [head.key ?? ''] : [head.error ?? '', head.errorText ?? ''];
}

/** As databases do it: other letters stay as they are. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

const comparisons = {
  '<': (one: string, other: string) => one < other,
  '<=': (one: string, other: string) => one <= other,
  '>': (one: string, other: string) => one > other,
  '>=': (one: string, other: string) => one >= other,
};

/** What a search for a text looks through: all that tells people one run from another. */
export function searchTextOf({ run, head }: Pick<RunLine, 'run' | 'head'>): string {
  const { key, owner, error, errorText } = head;
  const named = [...Object.values(head.labels ?? {}), ...Object.values(head.searchable ?? {})];

  return [run, head.definition.id, triggerOf(head), key, owner, error, errorText, ...named]
    .filter((each) => each !== undefined)
    .join('\n')
    .toLowerCase();
}

function isUnderWay({ head }: RunLine, { from, to }: NonNullable<RunsFilter['within']>): boolean {
  return head.startedAt < to && (head.endedAt ?? from) >= from;
}

function isSo(
  { head, damage, archived }: RunLine,
  { isEnded, isDamaged, isPart, isArchived }: RunsFilter,
): boolean {
  return (
    (isArchived ?? archived !== undefined) === (archived !== undefined) &&
    (isEnded ?? head.endedAt !== undefined) === (head.endedAt !== undefined) &&
    (isDamaged ?? damage !== undefined) === (damage !== undefined) &&
    (isPart ?? head.parent !== undefined) === (head.parent !== undefined)
  );
}

function isOf({ run, head }: RunLine, { definition, hashes, prefix }: RunsFilter): boolean {
  return (
    (definition === undefined || head.definition.id === definition) &&
    (hashes === undefined || hashes.includes(head.definition.hash)) &&
    (prefix === undefined || run.startsWith(prefix))
  );
}

function isRecent(
  { head, updatedAt, position }: RunLine,
  { startedFrom, updatedFrom, behind }: RunsFilter,
): boolean {
  return (
    (startedFrom === undefined || head.startedAt >= startedFrom) &&
    (updatedFrom === undefined || updatedAt >= updatedFrom) &&
    (behind === undefined || position > behind)
  );
}

/** Where a run stands in an order, and which parts of that go from the highest to the lowest. */
export const runOrders: Readonly<
  Record<RunOrder, { readonly place: (line: RunLine) => RunPlace; readonly descending: readonly boolean[] }>
> = {
  updated: { place: ({ updatedAt, run }) => [updatedAt, run], descending: [true, true] },
  changed: { place: ({ position }) => [position], descending: [true] },
  started: { place: ({ head, run }) => [head.startedAt, run], descending: [true, true] },
  definition: {
    place: ({ head, run }) => [head.definition.id, head.startedAt, run],
    descending: [false, true, true],
  },
  status: {
    place: (line) => [shownStatusOfLine(line), line.updatedAt, line.run],
    descending: [false, true, true],
  },
  ended: { place: ({ head, run }) => [head.endedAt ?? '', run], descending: [true, true] },
};

/**
 * The runs that `@last`, `@failed` or the beginning of an id means: with `@` the first of them in the order of their
 * start.
 */
export function filterCalled(name: string): RunsFilter {
  // Who asks for the last run means one that somebody started, not a part of it.
  if (name === '@last') return { isPart: false };
  if (name === '@failed')
    return { terms: [{ field: 'status', isNot: false, values: ['FAILED', 'TIMED_OUT'] }] };

  return { prefix: name };
}

export function comparePlaces(order: RunOrder, one: RunPlace, other: RunPlace): number {
  const { descending } = runOrders[order];
  for (let index = 0; index < one.length; index += 1) {
    const part = one[index] ?? '';
    const than = other[index] ?? '';
    if (part !== than) return part < than === (descending[index] ?? false) ? 1 : -1;
  }

  return 0;
}

export function compareRuns(order: RunOrder, one: RunLine, other: RunLine): number {
  const { place } = runOrders[order];

  return comparePlaces(order, place(one), place(other));
}

/** How many runs are alike in all of this. */
export type RunCount = {
  readonly definition: DefinitionRef;
  /** For programs, and as people read it. */
  readonly status: string;
  readonly shown: string;
  readonly isEnded: boolean;
  readonly count: number;
};

export function countRuns(lines: readonly RunLine[]): readonly RunCount[] {
  const counts = new Map<string, RunCount>();
  for (const line of lines) {
    const { definition, endedAt } = line.head;
    const { id, version, hash } = definition;
    const of = { status: statusOfLine(line), shown: shownStatusOfLine(line), isEnded: endedAt !== undefined };
    const key = JSON.stringify([id, version, hash, of]);
    counts.set(key, { definition, ...of, count: (counts.get(key)?.count ?? 0) + 1 });
  }

  return [...counts.values()];
}
