import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { eventDefinition, type Fact } from '../../../events/catalogue.ts';
import { JournalRecord, Transition } from '../../../events/record.ts';
import type { Chart } from '../../chart/chart.ts';
import { newRun, type Run } from '../run.ts';
import { seal } from './create-record.ts';
import { type Event, evolve, UnexplainedEvent } from './evolve.ts';
import { isSigned } from './record-text.ts';

/** A record as it was read: the text that is stored, and what was parsed from it. */
export type ReadRecord = { readonly body: string; readonly record: JournalRecord };

/**
 * A record that cannot follow the ones before it. The reaction: the run is not touched any more, and `sequence` is
 * named. `code` is `journal.altered` (the record is not what was written), `journal.broken-chain` (a record is missing,
 * moved or foreign), `journal.unexplained` (no state takes the event) or `journal.differs` (folding it again gives
 * another record).
 */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
  readonly code: string;
  readonly sequence: number;
  /** The message without the event. */
  readonly detail: string;

  constructor(code: string, sequence: number, detail: string, cause?: unknown) {
    super(`event ${sequence}: ${detail}`, { cause });
    this.code = code;
    this.sequence = sequence;
    this.detail = detail;
  }
}

/** Folds a journal from the beginning and verifies its chain of hashes. Throws JournalDamaged. */
export function fold(chart: Chart, records: Iterable<ReadRecord>): Run {
  let run = newRun(chart);
  for (const each of records) run = foldRecord(run, each);

  return run;
}

/**
 * Whether the first record of a run is what was written, before its definition is looked for. Throws
 * JournalDamaged.
 */
export function verifyFirst(read: ReadRecord): void {
  verifyLink({ sequence: 0, hash: '' }, read);
}

/** Folds one more record into a run. Throws JournalDamaged. */
export function foldRecord(run: Run, read: ReadRecord): Run {
  const { record } = read;
  verifyLink(run, read);
  const { run: next } = explained(record.sequence, () => evolve(run, eventOf(record)));

  return { ...next, sequence: record.sequence, hash: record.hash, time: record.time };
}

/**
 * Folds one record as `replay` does: besides the chain, every byte of it (transitions and head included) has to come
 * out the same again, but for members that this release does not know. Throws JournalDamaged.
 */
export function replayRecord(run: Run, { body, record }: ReadRecord): Run {
  verifyLink(run, { body, record });
  const sealed = explained(record.sequence, () => seal(run, eventOf(record), record.data.head));
  if (sealed.body === body) return sealed.run;
  if (bare(body) !== bare(sealed.body))
    throw new JournalDamaged('journal.differs', record.sequence, differences(body, sealed.body));

  return { ...sealed.run, hash: record.hash };
}

/** A record without its hash, and without what this release does not know: the hash vouches for that alone. */
function bare(body: string): string {
  const { hash: _hash, critical: _critical, ...record } = known(JSON.parse(body), JournalRecord.shape);
  const data = known(record['data'] as Members, JournalRecord.shape.data.shape);
  const transitions = data['transitions'] as readonly Members[];

  return canonicalJson({
    ...record,
    data: { ...data, transitions: transitions.map((each) => known(each, Transition.shape)) },
  } as Json);
}

type Members = Readonly<Record<string, unknown>>;

function known(members: Members, shape: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([name]) => Object.hasOwn(shape, name)));
}

/**
 * Whether a record is what was written, and follows from the one before it: what can be known without its definition.
 * Throws JournalDamaged.
 */
function verifyLink(before: Pick<Run, 'sequence' | 'hash'>, { body, record }: ReadRecord): void {
  const expected = before.sequence + 1;
  const damaged = (code: string, message: string) => new JournalDamaged(code, expected, message);
  if (!isSigned(body, record.hash))
    throw damaged('journal.altered', 'the record was altered: its hash does not fit its content');
  if (record.sequence !== expected)
    throw damaged('journal.broken-chain', outOfOrder(record.sequence, expected));
  if (record.previoushash !== before.hash)
    throw damaged('journal.broken-chain', 'it does not follow from the event before it');
  const schema = eventDefinition(record.type)?.schema;
  if (schema?.safeParse(record.data.fact).success !== true)
    throw damaged('journal.unexplained', `${record.type} does not have the data of its type`);
}

function outOfOrder(found: number, expected: number): string {
  return found > expected
    ? `it is missing: the journal goes on with event ${found}`
    : `event ${found} stands in its place again`;
}

/** The event that a record holds. */
export function eventOf({ type, data, time, actor, request }: JournalRecord): Event {
  return { fact: { type, data: data.fact } as Fact, time, actor, request };
}

function explained<T>(sequence: number, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof UnexplainedEvent)) throw error;
    throw new JournalDamaged('journal.unexplained', sequence, error.message, error);
  }
}

function differences(stored: string, again: string): string {
  const [was, is] = [JSON.parse(stored), JSON.parse(again)] as [JournalRecord, JournalRecord];
  for (const part of ['transitions', 'head', 'fact'] as const) {
    const [recorded, folded] = [canonicalJson(was.data[part]), canonicalJson(is.data[part])];
    if (recorded !== folded)
      return `${part} were recorded as ${recorded}, folding them again gives ${folded}`;
  }

  return 'the record differs from what folding it again gives';
}
