import type { Head } from '../../../events/record.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { JournalDamaged } from '../../../machines/run/record/fold.ts';
import { isRunId } from '../../../machines/shard.ts';
import { resultWithin, type Timer } from '../../lib/deadline.ts';
import { type Damage, type Journal, JournalUnavailable, type Stored } from '../../ports/runs/journal.ts';
import type { Ledger, LedgerReport } from '../../ports/runs/ledger.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { toView } from '../queries/queries.ts';
import type { Charts } from './charts.ts';
import { fittingSnapshot } from './fitting-snapshot.ts';
import { type Sound, soundPart } from './quarantine.ts';

/** A damaged run, and the runs that depend on it. */
export type DamagedRun = {
  readonly run: string;
  readonly damage: Damage;
  /** The state after its last sound event; absent if there is none, and of those beyond so many. */
  readonly view?: RunView;
  readonly definition?: Head['definition'];
  /** Its parent run. */
  readonly parent?: string;
  /** Its active child runs. */
  readonly children: readonly string[];
};

export type CheckedRuns = {
  readonly checked: number;
  /** In the order of their ids. */
  readonly damaged: readonly DamagedRun[];
  /** Runs that could not be verified, and why. */
  readonly failed: readonly { readonly run: string; readonly error: unknown }[];
  /** How many runs were not looked at any more, because the server stopped to answer. */
  readonly unverified: number;
  /** Messages on subjects of no run, the first few. */
  readonly strangers: readonly { readonly position: number; readonly reason: string }[];
  /** What the ledger says, or why it cannot be compared. */
  readonly ledger?: LedgerReport | { readonly error: unknown };
};

export type CheckDeps = {
  readonly journal: Journal;
  readonly charts: Charts;
  readonly snapshots?: Snapshots | undefined;
  /** Knows what the journal has lost. */
  readonly ledger?: Ledger | undefined;
  /** How many messages each run has, or this one, as the store counts them without reading any. */
  readonly runCounts?: (run?: string) => Promise<ReadonlyMap<string, number>>;
};

type Known = { readonly head: Head } | undefined;

/** A cluster elects a leader within 4 to 8 s. */
const answerMsMax = 10_000;
const strangersMax = 10;
/** Runs read between two reports of progress. */
const runsPerWord = 500;

type CheckOptions = {
  /** Those that have ended as well. */
  readonly all: boolean;
  /** Only those whose ids come behind this one. */
  readonly after?: string | undefined;
  /** Of so many damaged runs the state is kept. */
  readonly viewsMax?: number;
  readonly onProgress: (message: string) => void;
};

/**
 * Verifies the journals of all active runs, or of all runs, from the first event on. Folds one run at a time, and
 * keeps only the heads of the others.
 */
export async function checkRuns(
  deps: CheckDeps,
  { all, after = '', viewsMax = Number.POSITIVE_INFINITY, onProgress }: CheckOptions,
): Promise<CheckedRuns> {
  // Before anything is read: a store that finds a file damaged forgets what it held.
  const counts = (await deps.runCounts?.()) ?? new Map<string, number>();
  const { runs, strangers, ledger } = await found(deps, counts.keys());
  const lost = lostIn(ledger);
  const isDue = (run: string, known: Known): boolean =>
    all || known === undefined || lost.has(run) || !isFinal(known.head.status);
  const chosen = [...runs].filter(([run, known]) => run > after && isDue(run, known)).sort(byRun);
  const relatedTo = createRelated(runs);
  const verified = await verifyEach(
    chosen.map(([run]) => run),
    { deps, counts, relatedTo, viewsMax, onProgress },
  );
  const gone = [...lost].filter(([run]) => !runs.has(run) && run > after);
  const missing = gone.map(([run, damage]) => ({ ...relatedTo({ run }), run, damage }));

  return {
    ...verified,
    damaged: [...verified.damaged, ...missing].sort((one, other) => byRun([one.run], [other.run])),
    strangers,
    ...(ledger === undefined ? {} : { ledger }),
  };
}

type Verifying = Required<Pick<CheckOptions, 'viewsMax' | 'onProgress'>> & {
  readonly deps: CheckDeps;
  readonly counts: ReadonlyMap<string, number>;
  readonly relatedTo: ReturnType<typeof createRelated>;
};

async function verifyEach(
  runs: readonly string[],
  { deps, counts, relatedTo, viewsMax, onProgress }: Verifying,
): Promise<Pick<CheckedRuns, 'checked' | 'damaged' | 'failed' | 'unverified'>> {
  const damaged: DamagedRun[] = [];
  const failed: { readonly run: string; readonly error: unknown }[] = [];
  let unverified = 0;
  for (const [index, run] of runs.entries()) {
    if (index > 0 && index % runsPerWord === 0) onProgress(`${index} of ${runs.length} runs verified`);
    try {
      const met = await checkRun(deps, run, counts.get(run));
      if (met === undefined) continue;
      const kept = damaged.length < viewsMax ? met : { run, damage: met.damage };
      damaged.push({ ...relatedTo(met), ...kept });
    } catch (error) {
      failed.push({ run, error });
      if (!(error instanceof JournalUnavailable)) continue;
      // If the server does not answer, it will not for the next run either.
      unverified = runs.length - index - 1;
      break;
    }
  }

  return { checked: runs.length - failed.length - unverified, damaged, failed, unverified };
}

/** The damage of a run, if any. A damaged run is read a second time. `count`: how many messages it has at least. */
export async function checkRun(
  deps: CheckDeps,
  run: string,
  count?: number,
): Promise<Pick<DamagedRun, 'run' | 'damage' | 'view'> | undefined> {
  let { last, damage } = await soundPart(deps.journal, deps.charts, run);
  if (damage !== undefined) ({ last, damage } = await soundPart(deps.journal, deps.charts, run));
  damage ??= await lostTail(deps, run, last);
  damage ??= lostIn(deps.ledger?.report()).get(run);
  damage ??= fewerThan(count ?? (await deps.runCounts?.(run))?.get(run) ?? 0, last);
  if (damage === undefined || last === undefined) return damage && { run, damage };

  return { run, damage, view: { ...toView(last.run, last.stored.record.time), damage } };
}

/** The store counts events that it does not find any more: the file that held them is damaged. */
function fewerThan(count: number, last: Sound | undefined): Damage | undefined {
  const sequence = (last?.run.sequence ?? 0) + 1;
  if (count < sequence) return undefined;
  const message = `the server counts ${count} events and can read ${sequence - 1}: the file that held the others is damaged`;

  return { code: 'journal.unreadable', sequence, position: last?.stored.position ?? 0, message };
}

/** Only a snapshot shows that a journal was longer. */
async function lostTail(
  { journal, snapshots }: CheckDeps,
  run: string,
  last: Sound | undefined,
): Promise<Damage | undefined> {
  if (snapshots === undefined || last === undefined) return undefined;
  try {
    await fittingSnapshot(journal, snapshots, { run });
  } catch (error) {
    if (!(error instanceof JournalDamaged)) throw error;
    const { code, sequence, detail } = error;
    return { code, sequence, position: last.stored.position, message: detail };
  }

  return undefined;
}

function lostIn(ledger: CheckedRuns['ledger']): ReadonlyMap<string, Damage> {
  const damaged = ledger === undefined || 'error' in ledger ? [] : ledger.damaged;

  return new Map(damaged.map(({ run, damage }) => [run, damage]));
}

/** `counted`: runs that are there even where no message of them can be read. */
async function found({ journal, ledger }: CheckDeps, counted: Iterable<string>) {
  const comparison = await compareWith(ledger, journal);
  const runs = new Map<string, Known>();
  const strangers: { readonly position: number; readonly reason: string }[] = [];
  for await (const last of journal.lastOfEach()) {
    comparison.saw(last);
    if (last.kind === 'record') {
      runs.set(last.run, { head: last.record.data.head });
    } else if (isRunId(last.run) && (await journal.last(last.run))?.position === last.position) {
      runs.set(last.run, undefined);
    } else if (strangers.length < strangersMax) {
      strangers.push({ position: last.position, reason: last.reason });
    }
  }

  for (const run of counted) if (isRunId(run) && !runs.has(run)) runs.set(run, undefined);

  return { runs, strangers, ledger: await comparison.finish() };
}

/** Compares the ledger with the last message of every run; one that cannot be read is told, and compares nothing. */
async function compareWith(ledger: Ledger | undefined, journal: Journal) {
  const begun = await ledger?.begin({ whole: true }).catch((error: unknown) => ({ error }));
  if (begun === undefined || 'error' in begun)
    return { saw: (_last: Stored): void => undefined, finish: async () => begun };
  const end = await journal.end();

  return { saw: begun.saw, finish: () => begun.finish(end) };
}

function byRun([one]: readonly [string, ...unknown[]], [other]: readonly [string, ...unknown[]]): number {
  return one < other ? -1 : Number(one > other);
}

/** What depends on a run. The runs are gone through once for all that are damaged. */
function createRelated(runs: ReadonlyMap<string, Known>) {
  const children = new Map<string, string[]>();
  for (const [id, known] of runs) {
    const parent = known?.head.parent;
    if (known === undefined || parent === undefined || isFinal(known.head.status)) continue;
    const others = children.get(parent) ?? [];
    others.push(id);
    children.set(parent, others);
  }

  return ({ run, view }: Pick<DamagedRun, 'run' | 'view'>) => {
    const head = runs.get(run)?.head;
    const parent = view?.state.parent?.run ?? head?.parent;

    return {
      children: children.get(run) ?? [],
      ...(head === undefined ? {} : { definition: head.definition }),
      ...(parent === undefined ? {} : { parent }),
    };
  };
}

/**
 * A journal of which every message comes within 10 s, or it rejects with JournalUnavailable: what moves is waited for
 * however long it takes, and what does not is not.
 */
export function readWithin(journal: Journal, timer: Timer, limitMs: number = answerMsMax): Journal {
  async function inTime<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
    // Wrapped, because an answer may be undefined as well.
    const wrapped = answer.then((value) => ({ value }));
    const answered = await resultWithin(timer, limitMs, wrapped);
    if (answered === undefined)
      throw new JournalUnavailable(
        `the journal gave no answer within ${limitMs / 1000} s when ${what} was read`,
      );

    return answered.value;
  }

  async function* eachInTime(what: string, messages: AsyncIterable<Stored>): AsyncGenerator<Stored> {
    const iterator = messages[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await inTime(what, iterator.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      // Nobody waits for what hangs.
      iterator.return?.().catch(() => undefined);
    }
  }

  return {
    ...journal,
    read: (run, options) => eachInTime(`run ${run}`, journal.read(run, options)),
    last: (run) => inTime(`the last event of ${run}`, journal.last(run)),
    end: () => inTime('its end', journal.end()),
    lastOfEach: () => eachInTime('the list of runs', journal.lastOfEach()),
  };
}
