import { z } from 'zod';
import { sha256Hex } from '../hash.ts';

/** The last record of a run. `hash` is the beginning of the record's hash. */
export type LedgerHead = {
  readonly run: string;
  readonly sequence: number;
  readonly position: number;
  readonly hash: string;
};

/** Somebody said that what is lost is lost. `runs` are those whose heads were taken out. */
export type AcceptedLoss = {
  readonly at: string;
  readonly by: string;
  readonly runs: readonly string[];
};

/** Runs that left the journal by a policy, so many of those whose heads were known. */
export type Departure = {
  readonly at: string;
  /** In words, such as `retention of invoices version 3: keep 30d, then archive`. */
  readonly policy: string;
  readonly kept: 'whole' | 'head' | 'nothing';
  readonly count: number;
};

/** What is known of one journal. */
export type LedgerBook = {
  /** When the journal was created, as its server says: one that takes its place has another time. */
  readonly journal: string;
  /** Since when it is counted. */
  readonly since: string;
  readonly heads: ReadonlyMap<string, LedgerHead>;
  /** The highest position of a head. */
  readonly last: number;
  readonly accepted: readonly AcceptedLoss[];
  readonly departed: readonly Departure[];
};

/** So many hexadecimal digits of a hash tell one record from another. */
const HASH_DIGITS = 32;
const SUM_DIGITS = 16;
const HEADS_PER_LINE = 500;
const modulus = 2n ** BigInt(4 * HASH_DIGITS);

const Entry = z.tuple([z.string(), z.int().positive(), z.int().positive(), z.string().regex(/^[0-9a-f]+$/)]);

const LedgerLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('since'), journal: z.string(), at: z.string() }),
  z.object({ kind: z.literal('heads'), journal: z.string(), heads: z.array(Entry).readonly() }),
  z.object({
    kind: z.literal('accepted'),
    journal: z.string(),
    at: z.string(),
    by: z.string(),
    runs: z.array(z.string()).readonly(),
  }),
  /** `runs` are those whose heads are taken out; in a ledger that was rewritten only their count is left. */
  z.object({
    kind: z.literal('archived'),
    journal: z.string(),
    at: z.string(),
    policy: z.string(),
    kept: z.enum(['whole', 'head', 'nothing']),
    count: z.int().positive(),
    runs: z.array(z.string()).readonly(),
  }),
  /** A journal whose place another one took is counted no more. */
  z.object({ kind: z.literal('dropped'), journal: z.string(), at: z.string(), by: z.string() }),
]);
export type LedgerLine = z.output<typeof LedgerLine>;

export function ledgerHead({ run, sequence, position, hash }: LedgerHead): LedgerHead {
  return { run, sequence, position, hash: hash.slice(0, HASH_DIGITS) };
}

export function headLines(journal: string, heads: Iterable<LedgerHead>): readonly LedgerLine[] {
  const entries = Array.from(heads, ({ run, sequence, position, hash }) =>
    Entry.parse([run, sequence, position, hash]),
  );
  const lines: LedgerLine[] = [];
  for (let from = 0; from < entries.length; from += HEADS_PER_LINE)
    lines.push({ kind: 'heads', journal, heads: entries.slice(from, from + HEADS_PER_LINE) });

  return lines;
}

/** A line with its checksum: one that a crash tore or a disk changed counts for nothing. */
export function ledgerLineText(line: LedgerLine): string {
  const text = JSON.stringify(line);

  return `${text} ${sha256Hex(text).slice(0, SUM_DIGITS)}`;
}

function readLedgerLine(line: string): LedgerLine | undefined {
  const text = line.slice(0, -SUM_DIGITS - 1);
  if (line.at(-SUM_DIGITS - 1) !== ' ' || !line.endsWith(sha256Hex(text).slice(0, SUM_DIGITS)))
    return undefined;

  return LedgerLine.safeParse(JSON.parse(text)).data;
}

type OpenBook = {
  since: string;
  last: number;
  accepted: AcceptedLoss[];
  departed: Departure[];
  readonly heads: Map<string, LedgerHead>;
};

/** The ledger after the lines that were taken so far. */
export type LedgerFold = {
  readonly take: (line: LedgerLine) => void;
  /** Takes one head of a journal. Returns whether it is news. */
  readonly see: (journal: string, head: LedgerHead) => boolean;
  readonly book: (journal: string) => LedgerBook | undefined;
  readonly books: () => readonly LedgerBook[];
  /** Lines that could not be read. */
  readonly unreadable: number;
};

/** Folds lines, the oldest first. */
export function foldLedger(lines: Iterable<string>): LedgerFold {
  const books = new Map<string, OpenBook>();
  const open = (journal: string): OpenBook => {
    const book = books.get(journal) ?? { since: '', last: 0, accepted: [], departed: [], heads: new Map() };
    books.set(journal, book);
    return book;
  };
  let unreadable = 0;
  const take = (line: LedgerLine): void => {
    if (line.kind === 'dropped') books.delete(line.journal);
    else if (line.kind === 'accepted') acceptLoss(open(line.journal), line);
    else if (line.kind === 'archived') depart(open(line.journal), line);
    else if (line.kind === 'since') open(line.journal).since ||= line.at;
    else
      for (const [run, sequence, position, hash] of line.heads)
        putHead(open(line.journal), { run, sequence, position, hash });
  };
  for (const text of lines) {
    if (text === '') continue;
    const line = readLedgerLine(text);
    if (line === undefined) unreadable += 1;
    else take(line);
  }
  const asBook = ([journal, book]: readonly [string, OpenBook]): LedgerBook => ({ journal, ...book });

  return {
    take,
    see: (journal, head) => putHead(open(journal), head),
    book: (journal) => {
      const book = books.get(journal);
      return book && asBook([journal, book]);
    },
    books: () => [...books].map(asBook),
    unreadable,
  };
}

/** Several engines tell of the same run, and none waits for another: what stands further back is older. */
function putHead(book: OpenBook, head: LedgerHead): boolean {
  if ((book.heads.get(head.run)?.position ?? 0) >= head.position) return false;
  book.heads.set(head.run, head);
  book.last = Math.max(book.last, head.position);

  return true;
}

/** A ledger that was rewritten holds what was accepted before once more. */
function acceptLoss(book: OpenBook, { at, by, runs }: AcceptedLoss): void {
  takeOut(book, runs);
  const isKnown = book.accepted.some(
    (known) => known.at === at && known.by === by && known.runs[0] === runs[0],
  );
  if (!isKnown) book.accepted = [...book.accepted, { at, by, runs }];
}

function depart(
  book: OpenBook,
  { runs, at, policy, kept, count }: Extract<LedgerLine, { kind: 'archived' }>,
): void {
  takeOut(book, runs);
  const isKnown = book.departed.some(
    (known) => known.at === at && known.policy === policy && known.kept === kept,
  );
  if (!isKnown) book.departed = [...book.departed, { at, policy, kept, count }];
}

function takeOut(book: OpenBook, runs: readonly string[]): void {
  for (const run of runs) book.heads.delete(run);
  book.last = [...book.heads.values()].reduce((last, { position }) => Math.max(last, position), 0);
}

/** The lines that lead to the same books, without those that count no more. */
export function compactLedger({ books }: Pick<LedgerFold, 'books'>): readonly LedgerLine[] {
  return books().flatMap(({ journal, since, accepted, departed, heads }) => [
    { kind: 'since' as const, journal, at: since },
    ...accepted.map((loss) => ({ kind: 'accepted' as const, journal, ...loss })),
    ...departed.map((departure) => ({ kind: 'archived' as const, journal, runs: [], ...departure })),
    ...headLines(journal, heads.values()),
  ]);
}

/** One number for all heads, whatever their order: equal books have equal sums. */
export function sumOfHeads(heads: Iterable<LedgerHead>): string {
  let sum = 0n;
  for (const { hash } of heads) sum = (sum + BigInt(`0x${hash}`)) % modulus;

  return sum.toString(16).padStart(HASH_DIGITS, '0');
}

/** Whether what an archive has of a run explains that the journal has nothing of it any more: all that was known. */
export function explainsAbsence(
  known: LedgerHead,
  archived: { readonly sequence: number; readonly position: number; readonly hash: string },
): boolean {
  const { sequence, position } = archived;
  if (sequence === known.sequence) return archived.hash.startsWith(known.hash);

  return sequence > known.sequence && position > known.position;
}

/** What is wrong with a run. Events before `sequence` are as they should be. */
export type LedgerDamage = {
  readonly code: string;
  readonly sequence: number;
  readonly position: number;
  readonly message: string;
};

/**
 * What is wrong with a run whose last record was `known` and is `found` now; undefined where it may have gone on from
 * there. `found` has to be read after `known` was acknowledged.
 */
export function headDamage(known: LedgerHead, found: LedgerHead | undefined): LedgerDamage | undefined {
  const { sequence, position } = known;
  if (found === undefined) {
    const events = sequence === 1 ? 'its one event was' : `its ${sequence} events were`;
    const message = `the run is missing from the journal as a whole; ${events} acknowledged`;
    return { code: 'ledger.run-missing', sequence: 1, position, message };
  }
  const code = 'ledger.rewritten';
  if (found.sequence < sequence) {
    const first = found.sequence + 1;
    const lost =
      first === sequence ? `event ${first}, which was` : `events ${first} to ${sequence}, which were`;
    const message = `the journal of the run ends with event ${found.sequence}; ${lost} acknowledged, are missing`;
    return { code, sequence: first, position, message };
  }
  if (found.sequence === sequence && found.hash !== known.hash) {
    const message = `another record than the one that was acknowledged is event ${sequence}: its place was given twice`;
    return { code, sequence, position, message };
  }
  if (found.sequence === sequence || found.position > position) return undefined;
  const message = `event ${found.sequence} stands at position ${found.position}, before event ${sequence} that was acknowledged at ${position}: positions were given twice`;

  return { code, sequence, position, message };
}

/** What is wrong with a run that went on, where `there` is its record now at the position of the one that was known. */
export function rewrittenAt(known: LedgerHead, there: LedgerHead | undefined): LedgerDamage | undefined {
  const { sequence, position, hash } = known;
  if (there?.position === position && there.hash === hash) return undefined;
  const message = `what was acknowledged at position ${position} as event ${sequence} is not there any more, and the run went on: its place was given twice`;

  return { code: 'ledger.rewritten', sequence, position, message };
}
