import {
  compactLedger,
  explainsAbsence,
  foldLedger,
  headLines,
  type LedgerBook,
  type LedgerHead,
  type LedgerLine,
  ledgerLineText,
} from '../../../machines/audit/ledger.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import { messageOf } from '../../lib/text.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Departing, LedgerFile, LedgerReport } from '../../ports/runs/ledger.ts';

export type LedgerBooksDeps = {
  readonly file: LedgerFile;
  /** When the journal was created; undefined where it cannot be told. */
  readonly created: () => Promise<string | undefined>;
  readonly clock: Clock;
  /** Told in words what is wrong. */
  readonly onTrouble: (message: string) => void;
};

/** The ledger may be so far behind the journal: one fsync for all that was acknowledged meanwhile. */
const flushEveryMs = 250;
/** A smaller file is not worth rewriting; a larger one may hold twice what counts. */
const bytesMin = 1024 * 1024;
const bytesPerHead = 90;

export type LedgerBooks = {
  /** Reads the file again if another process wrote to it. */
  readonly refresh: () => Promise<void>;
  readonly isLoaded: () => boolean;
  readonly isCurrent: () => Promise<boolean>;
  readonly current: () => LedgerBook | undefined;
  readonly others: () => readonly LedgerBook[];
  readonly unreadable: () => number;
  readonly put: (head: LedgerHead) => void;
  readonly accept: (report: Pick<LedgerReport, 'damaged' | 'replaced'>, by: string) => Promise<void>;
  /** What is not known has left before. */
  readonly leave: (departed: readonly Departing[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** What the file holds, and what is about to be written to it. */
export function createLedgerBooks({ file, created, clock, onTrouble }: LedgerBooksDeps): LedgerBooks {
  const turns = createSerialQueue();
  let fold = foldLedger([]);
  let id: string | undefined;
  let version: string | undefined;
  let pending = new Map<string, LedgerHead>();
  let isFlushDue = false;
  let isClosed = false;
  let trouble = '';

  const load = async (): Promise<void> => {
    id = (await created()) ?? id;
    const found = await file.version();
    if (found === version) return;
    fold = foldLedger(await file.read());
    version = found;
    if (id !== undefined) for (const head of pending.values()) fold.see(id, head);
  };
  const write = async (lines: readonly LedgerLine[]): Promise<void> => {
    const { before, after, bytes } = await file.append(lines.map(ledgerLineText));
    // What another process wrote meanwhile is still to be read.
    if (before === version) version = after;
    const heads = fold.books().reduce((sum, book) => sum + book.heads.size, 0);
    if (bytes < bytesMin || bytes < 2 * bytesPerHead * heads) return;
    await load();
    await file.rewrite(compactLedger(fold).map(ledgerLineText));
  };
  const begun = (journal: string): readonly LedgerLine[] => {
    if (fold.book(journal)?.since) return [];

    return [{ kind: 'since', journal, at: new Date(clock.now()).toISOString() }];
  };
  const writePending = async (): Promise<void> => {
    isFlushDue = false;
    const batch = pending;
    if (batch.size === 0) return;
    try {
      if (version === undefined || id === undefined) await load();
      if (id === undefined) return;
      pending = new Map();
      const since = begun(id);
      await write([...since, ...headLines(id, batch.values())]);
      for (const line of since) fold.take(line);
      trouble = '';
    } catch (error) {
      pending = new Map([...batch, ...pending]);
      const message = `the ledger of the journal cannot be written, it is tried again: ${messageOf(error)}`;
      if (message !== trouble) onTrouble(message);
      trouble = message;
      flushLater();
    }
  };
  const flushLater = (): void => {
    if (isFlushDue || isClosed) return;
    isFlushDue = true;
    clock.after(flushEveryMs, () => void turns.post(writePending));
  };

  return {
    refresh: () => turns.post(load),
    isLoaded: () => version !== undefined,
    isCurrent: async () => (await file.version()) === version,
    current: () => (id === undefined ? undefined : fold.book(id)),
    others: () => fold.books().filter(({ journal, heads }) => journal !== id && heads.size > 0),
    unreadable: () => fold.unreadable,
    put: (head) => {
      // Whoever appended it has told it already, when whoever follows the journal does.
      if (id !== undefined && !fold.see(id, head)) return;
      pending.set(head.run, head);
      flushLater();
    },
    accept: (report, by) =>
      turns.post(async () => {
        await writePending();
        const lines = acceptedLines(report, { journal: id, by, at: new Date(clock.now()).toISOString() });
        if (lines.length === 0) return;
        for (const line of lines) fold.take(line);
        await write(lines);
      }),
    leave: (departed) =>
      turns.post(async () => {
        await writePending();
        await load();
        const heads = id === undefined ? undefined : fold.book(id)?.heads;
        const known = departed.filter((each) => {
          const head = heads?.get(each.run);
          return head !== undefined && explainsAbsence(head, each);
        });
        const lines = departureLines(known, { journal: id, at: new Date(clock.now()).toISOString() });
        if (lines.length === 0) return;
        for (const line of lines) fold.take(line);
        await write(lines);
      }),
    close: async () => {
      isClosed = true;
      await turns.post(writePending);
    },
  };
}

function acceptedLines(
  { damaged, replaced }: Pick<LedgerReport, 'damaged' | 'replaced'>,
  { journal, at, by }: { readonly journal: string | undefined; readonly at: string; readonly by: string },
): readonly LedgerLine[] {
  const runs = damaged.map(({ run }) => run);

  return [
    ...(journal === undefined || runs.length === 0
      ? []
      : [{ kind: 'accepted' as const, journal, at, by, runs }]),
    ...replaced.map((one) => ({ kind: 'dropped' as const, journal: one.journal, at, by })),
  ];
}

/** One line for each policy. */
function departureLines(
  departed: readonly Departing[],
  { journal, at }: { readonly journal: string | undefined; readonly at: string },
): readonly LedgerLine[] {
  if (journal === undefined) return [];
  const groups = new Map<string, Departing[]>();
  for (const each of departed) {
    const key = `${each.kept} ${each.policy}`;
    const group = groups.get(key) ?? [];
    group.push(each);
    groups.set(key, group);
  }

  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { policy, kept } = first;
    const runs = group.map(({ run }) => run);
    return [{ kind: 'archived' as const, journal, at, policy, kept, count: runs.length, runs }];
  });
}
