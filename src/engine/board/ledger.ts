import { explainsAbsence, type LedgerHead, ledgerHead, sumOfHeads } from '../../../machines/audit/ledger.ts';
import { hashInBody } from '../../../machines/run/record/record-text.ts';
import { mapAtOnce } from '../../lib/limit.ts';
import { messageOf } from '../../lib/text.ts';
import type { ArchivedRun, RunArchive } from '../../ports/runs/archive.ts';
import { type Append, type Damage, type Journal, RunQuarantined } from '../../ports/runs/journal.ts';
import type { Ledger, LedgerReport } from '../../ports/runs/ledger.ts';
import { damagedRuns, headOf, lostOf, type SeenHeads } from '../run-reader/run-index.ts';
import { createLedgerBooks, type LedgerBooks, type LedgerBooksDeps } from './ledger-books.ts';

export type LedgerDeps = LedgerBooksDeps & {
  readonly journal: Journal;
  /** Knows which runs left the journal; absent: none did. */
  readonly archive?: Pick<RunArchive, 'find'> | undefined;
};

/** While something is wrong, it is looked so often whether another process has accepted it. */
const lookEveryMs = 2_000;
/** Of more runs than this, `workflow doctor` has the names. */
const namedMax = 20;
const findsAtOnce = 16;

export function createLedger({ journal, archive, ...deps }: LedgerDeps): Ledger {
  const { clock, onTrouble } = deps;
  const books = createLedgerBooks(deps);
  const listeners = new Set<(report: LedgerReport) => void>();
  const closing = new AbortController();
  let latest: LedgerReport | undefined;
  let missing: ReadonlyMap<string, Damage> = new Map();

  const found = (report: LedgerReport): LedgerReport => {
    const said = lostTexts(report);
    const before = lostTexts(latest);
    for (const text of said)
      if (!before.includes(text)) onTrouble(`${text}; run \`workflow doctor --repair\``);
    latest = report;
    missing = missingIn(report);
    for (const listener of [...listeners]) listener(report);
    if (said.length > 0) lookLater();

    return report;
  };
  const lookLater = (): void => {
    const cancel = clock.after(lookEveryMs, () => {
      closing.signal.removeEventListener('abort', cancel);
      // What cannot be looked at now is looked at again.
      books.isCurrent().then((isCurrent) => (isCurrent ? lookLater() : void check()), lookLater);
    });
    closing.signal.addEventListener('abort', cancel, { once: true });
  };
  const departedOf = async (known: LedgerHead | undefined): Promise<ArchivedRun | undefined> => {
    const archived = known && (await archive?.find(known.run));
    return known && archived && explainsAbsence(known, archived) ? archived : undefined;
  };
  /** Another engine may have left runs behind, or one that died before it could say so. */
  const unexplained = async (
    damaged: LedgerReport['damaged'],
    heads: SeenHeads['heads'],
  ): Promise<LedgerReport['damaged']> => {
    const missing = [...missingIn({ damaged }).keys()];
    if (archive === undefined || missing.length === 0) return damaged;
    const found = await mapAtOnce(missing, findsAtOnce, (run) => departedOf(heads.get(run)));
    const departed = found.flatMap((each) => (each === undefined ? [] : [each]));
    await books.leave(departed);
    const gone = new Set(departed.map(({ run }) => run));

    return damaged.filter(({ run }) => !gone.has(run));
  };
  const begin: Ledger['begin'] = async ({ whole = false } = {}) => {
    await books.refresh();
    const heads = new Map(books.current()?.heads);
    const seen = new Map<string, LedgerHead | undefined>();

    return {
      saw: (stored) => void seen.set(stored.run, headOf(stored)),
      finish: async (end) => {
        const damaged = await unexplained(await damagedRuns(journal, { heads, seen, whole }), heads);
        const report = reportOf(books, { heads, damaged, end, atMs: clock.now() });
        putNews(books, { heads, seen, damaged });

        return found(report);
      },
    };
  };
  const check: Ledger['check'] = async (options) => {
    const comparison = await begin(options);
    const end = await journal.end();
    for await (const last of journal.lastOfEach()) comparison.saw(last);

    return comparison.finish(end);
  };

  return {
    note: books.put,
    following: (followed) => following(followed, { note: books.put, missing: (run) => missing.get(run) }),
    head: async (run) => {
      const failed = (error: unknown) =>
        onTrouble(`the ledger of the journal cannot be read: ${messageOf(error)}`);
      if (!books.isLoaded()) await books.refresh().catch(failed);
      return books.current()?.heads.get(run);
    },
    damageOf: async (run) => {
      await books.refresh();
      const known = books.current()?.heads.get(run);
      const damage = known && (await lostOf(journal, known));
      if (damage?.code !== 'ledger.run-missing') return damage;
      return (await departedOf(known)) === undefined ? damage : undefined;
    },
    begin,
    check,
    report: () => latest,
    onReport: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    leave: books.leave,
    accept: async (by) => {
      const report = await check({ whole: true });
      if (lostTexts(report).length === 0) return report;
      await books.accept(report, by);

      return check({ whole: true });
    },
    close: async () => {
      closing.abort();
      await books.close();
    },
  };
}

/** A server that comes back may have less than it had. Returns what ends it. */
export function compareOnReconnect(
  ledger: Pick<Ledger, 'check'>,
  connection: { readonly onReconnect: (callback: () => void) => () => void },
  onTrouble: (message: string) => void,
): () => void {
  return connection.onReconnect(() => {
    ledger.check().catch((error: unknown) => {
      onTrouble(`the journal is not compared with its ledger: ${messageOf(error)}`);
    });
  });
}

/** Remembers what is acknowledged once it is: nobody waits for it. */
function following(
  journal: Journal,
  { note, missing }: Pick<Ledger, 'note'> & { readonly missing: (run: string) => Damage | undefined },
): Journal {
  return {
    ...journal,
    append: async (append) => {
      const damage = append.after === 0 ? missing(append.run) : undefined;
      if (damage !== undefined) throw new RunQuarantined(damage);
      const position = await journal.append(append);
      const head = appendedHead(append, position);
      if (head !== undefined) note(head);

      return position;
    },
  };
}

function appendedHead({ run, id, body }: Append, position: number): LedgerHead | undefined {
  const hash = hashInBody(body);
  const sequence = Number(id.slice(run.length + 1));

  return hash === undefined ? undefined : ledgerHead({ run, sequence, position, hash });
}

function reportOf(
  books: LedgerBooks,
  {
    heads,
    damaged,
    end,
    atMs,
  }: Pick<SeenHeads, 'heads'> & Pick<LedgerReport, 'damaged' | 'atMs'> & { readonly end: number },
): LedgerReport {
  const book = books.current();
  const last = [...heads.values()].reduce((highest, { position }) => Math.max(highest, position), 0);

  return {
    atMs,
    since: book?.since === '' ? undefined : book?.since,
    runs: heads.size,
    last,
    sum: sumOfHeads(heads.values()),
    damaged,
    ...(end < last && damaged.length > 0 ? { endsAt: end } : {}),
    replaced: books
      .others()
      .map((other) => ({ journal: other.journal, runs: other.heads.size, last: other.last })),
    accepted: (book?.accepted ?? []).map(({ runs, ...loss }) => ({ ...loss, runs: runs.length })),
    departed: book?.departed ?? [],
    unreadable: books.unreadable(),
  };
}

/** What the ledger did not know yet: of other engines, or of all where it begins. */
function putNews(
  books: LedgerBooks,
  { heads, seen, damaged }: SeenHeads & Pick<LedgerReport, 'damaged'>,
): void {
  const lost = new Set(damaged.map(({ run }) => run));
  for (const head of seen.values()) {
    if (head === undefined || lost.has(head.run)) continue;
    if ((heads.get(head.run)?.position ?? 0) < head.position) books.put(head);
  }
}

export function missingIn({ damaged }: Pick<LedgerReport, 'damaged'>): ReadonlyMap<string, Damage> {
  const missing = damaged.filter(({ damage }) => damage.code === 'ledger.run-missing');

  return new Map(missing.map(({ run, damage }) => [run, damage]));
}

/** What a comparison found, in words for people; nothing where nothing is wrong. */
export function lostTexts(report: LedgerReport | undefined): readonly string[] {
  if (report === undefined) return [];
  const { damaged, endsAt, last, replaced } = report;
  const missing = [...missingIn(report).keys()];
  const changed = damaged.flatMap(({ run, damage }) => (damage.code === 'ledger.run-missing' ? [] : [run]));

  return [
    ...(missing.length === 0
      ? []
      : [`the journal has lost ${countOf(missing)} that were acknowledged [ledger.run-missing]`]),
    ...(changed.length === 0
      ? []
      : [`the journal has lost events of ${countOf(changed)} that were acknowledged [ledger.rewritten]`]),
    ...(endsAt === undefined
      ? []
      : [`the journal ends at position ${endsAt}, and ${last} was acknowledged [ledger.shortened]`]),
    ...replaced.map(
      ({ journal, runs }) =>
        `the journal that was created at ${journal} is gone with ${runs} runs, and another one is in its place [ledger.replaced]`,
    ),
  ];
}

/** `1 run (a)`, `7 runs (a, b, c, d, e and 2 more)`. */
function countOf(runs: readonly string[]): string {
  const more = runs.length > namedMax ? ` and ${runs.length - namedMax} more` : '';

  return `${runs.length} ${runs.length === 1 ? 'run' : 'runs'} (${runs.slice(0, namedMax).join(', ')}${more})`;
}
