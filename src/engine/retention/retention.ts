import { headDamage, ledgerHead } from '../../../machines/audit/ledger.ts';
import { isoTime } from '../../../machines/due-time.ts';
import {
  type DueRun,
  type DueRuns,
  lastDue,
  type Policy,
  policyText,
} from '../../../machines/retention/due-runs.ts';
import type { Retention } from '../../../machines/retention/retention.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import { isSigned } from '../../../machines/run/record/record-text.ts';
import { mapAtOnce } from '../../lib/limit.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import { messageOf } from '../../lib/text.ts';
import type { RunSecrets } from '../../ports/access/secrets.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RetentionOutcome, RetentionPlan, RunRetention } from '../../ports/retention.ts';
import type { ArchivedMessage, ArchivedRun, RunArchive } from '../../ports/runs/archive.ts';
import { GenerationRefused, type JournalGenerations } from '../../ports/runs/generations.ts';
import { JournalUnavailable, type Stored } from '../../ports/runs/journal.ts';
import type { Ledger } from '../../ports/runs/ledger.ts';
import type { RunIndex } from '../../ports/runs/run-index.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import { markArchived } from '../board/index-keeper.ts';
import type { RunReader } from '../run-reader/run-reader.ts';
import { snapshotMin } from '../run-reader/snapshot-keeper.ts';
import { createDefinitionRules, readDueRuns } from './known-runs.ts';

export type RetentionDeps = {
  readonly reader: Pick<RunReader, 'inJournal' | 'runs' | 'charts'>;
  readonly generations: JournalGenerations;
  /** Why the journal may not go on in another generation now, as far as the engines that are there tell. */
  readonly refusal?: (() => Promise<Refusal | undefined>) | undefined;
  readonly archive: Pick<RunArchive, 'put' | 'find'>;
  /** Has a row of every run: of those that left it says so. */
  readonly index: Pick<RunIndex, 'put' | 'replace'>;
  readonly ledger: Pick<Ledger, 'head' | 'leave'>;
  readonly snapshots?: Pick<Snapshots, 'drop'> | undefined;
  readonly runSecrets: Pick<RunSecrets, 'forget'>;
  /** How long runs stay whose definition says nothing of it, as the project says now. */
  readonly usual: () => Promise<Policy | undefined>;
  /** Up to which position everybody who follows the journal has been told what it holds. */
  readonly toldTo: () => Promise<number>;
  readonly clock: Clock;
  /** Told in words what is left undone that is no loss. */
  readonly onTrouble: (message: string) => void;
};

const requestsAtOnce = 16;
const firstMax = 100;
const runsMax = 100_000;

/**
 * Crash by crash. After the segment was written: the journal has the runs as before, and what it has counts; the next
 * sweep finds them in the archive and does not write them again. While the journal goes on in another generation: that
 * is finished or taken back by whoever looks next. After that: the ledger asks the archive what became of runs that it
 * misses, values of secrets run out by themselves, and snapshots were dropped before.
 */
export function createRetention(deps: RetentionDeps): RunRetention {
  const rules = createDefinitionRules(deps.reader.charts);
  const turns = createSerialQueue();
  const due = async (): Promise<DueRuns> => {
    const [usual, toldTo] = await Promise.all([deps.usual(), deps.toldTo()]);
    return readDueRuns({ runs: deps.reader.runs, rules, usual, toldTo, nowMs: deps.clock.now() });
  };

  return {
    plan: async () => planOf(deps, await due()),
    sweep: ({ by, isWorth = () => true, onProgress }) =>
      turns.post(async () => {
        const found = await due();
        const plan = await planOf(deps, found);
        if (plan.runs === 0 || !isWorth(plan)) return { plan, left: 0, damaged: [] };
        const refused = await deps.refusal?.();
        if (refused !== undefined) return { plan, left: 0, damaged: [], refused };
        const families = firstOf(found.families);
        const isStillWorth = (gone: readonly ArchivedRun[]) => isWorth(planWithout(plan, families, gone));
        const { outcome, departed } = await carry(deps, families, { by, onProgress, isStillWorth });
        const hasSecrets = async ({ hash }: { readonly hash: string }) => (await rules(hash)).hasSecrets;
        await follow(deps, departed, hasSecrets);

        return { plan, ...outcome, ...(families.length < found.families.length ? { hasMore: true } : {}) };
      }),
  };
}

/** What is due for the longest time. What each run leaves in memory until all are gone would be too much of more. */
function firstOf(families: DueRuns['families']): DueRuns['families'] {
  let runs = 0;
  const end = families.findIndex((family) => {
    runs += family.length;
    return runs >= runsMax;
  });

  return end < 0 ? families : families.slice(0, end + 1);
}

async function planOf(
  { generations, clock }: RetentionDeps,
  { families, held }: DueRuns,
): Promise<RetentionPlan> {
  const { messages: ofMessages } = await generations.current();
  const due = families.flat();
  const policies = new Map<string, RetentionPlan['policies'][number]>();
  for (const { policy, sequence } of due) {
    const text = policyText(policy);
    const before = policies.get(text) ?? {
      policy: text,
      kept: keptBy(policy.retention),
      runs: 0,
      messages: 0,
    };
    policies.set(text, { ...before, runs: before.runs + 1, messages: before.messages + sequence });
  }
  const [longest] = families;

  return {
    at: new Date(clock.now()).toISOString(),
    runs: due.length,
    messages: due.reduce((sum, { sequence }) => sum + sequence, 0),
    ofMessages,
    ...(longest === undefined ? {} : { dueSince: isoTime(lastDue(longest)) }),
    policies: [...policies.values()],
    held: Array.from(held, ([because, runs]) => ({ because, runs })),
    first: due.slice(0, firstMax).map(({ run, endedAtMs, policy }) => ({
      run,
      endedAt: new Date(endedAtMs ?? 0).toISOString(),
      policy: policyText(policy),
    })),
  };
}

/** What is left of a plan where only these go. */
function planWithout(
  plan: RetentionPlan,
  families: DueRuns['families'],
  gone: readonly ArchivedRun[],
): RetentionPlan {
  const { dueSince: _, ...rest } = plan;
  const runs = new Set(gone.map(({ run }) => run));
  const longest = families.find((family) => family.every(({ run }) => runs.has(run)));

  return {
    ...rest,
    runs: gone.length,
    messages: gone.reduce((sum, { sequence }) => sum + sequence, 0),
    ...(longest === undefined ? {} : { dueSince: isoTime(lastDue(longest)) }),
  };
}

const kinds = { archive: 'whole', keep_head: 'head', drop: 'nothing' } as const;

function keptBy({ after }: Retention): ArchivedRun['kept'] {
  return kinds[after];
}

/** `departed`: those that left now, and those that left before without anybody being told. */
type Carried = {
  readonly outcome: Omit<RetentionOutcome, 'plan'>;
  readonly departed: readonly ArchivedRun[];
};

type Carrying = {
  readonly by: string;
  readonly onProgress: ((message: string) => void) | undefined;
  /** Whether it is worth it for these alone: others that are due may turn out to have to stay. */
  readonly isStillWorth: (gone: readonly ArchivedRun[]) => boolean;
};

async function carry(
  deps: RetentionDeps,
  families: DueRuns['families'],
  { by, onProgress, isStillWorth }: Carrying,
): Promise<Carried> {
  const { archive, generations, clock } = deps;
  const { generation } = await generations.current();
  const leaving: Leaving = { gone: [], damaged: [], absent: [] };
  const written = toBeWritten(deps, families, leaving);
  const first = await written.next();
  const about = { at: new Date(clock.now()).toISOString(), by, generation };
  const segment = first.done === true ? undefined : await archive.put(about, withFirst(first.value, written));
  const { gone, damaged, absent } = leaving;
  const outcome = { left: 0, damaged, ...(segment === undefined ? {} : { segment: segment.name }) };
  if (gone.length === 0 || !isStillWorth(gone)) return { outcome, departed: absent };
  // To write the archive may take minutes, and an older engine may have come meanwhile.
  const refused = await deps.refusal?.();
  if (refused !== undefined) return { outcome: { ...outcome, refused }, departed: absent };
  await dropSnapshots(deps, gone);
  try {
    const without = new Map(gone.map(({ run, position }) => [run, position]));
    const next = await generations.next({ without, onProgress });
    const departed = [...absent, ...gone];
    return { outcome: { ...outcome, left: gone.length, generation: next.generation }, departed };
  } catch (error) {
    if (!(error instanceof GenerationRefused)) throw error;
    const { code, message } = error;
    return { outcome: { ...outcome, refused: { code, message } }, departed: absent };
  }
}

/** Which runs leave now, which stay as they are damaged, and which left before without the index being told. */
type Leaving = { readonly gone: ArchivedRun[]; readonly damaged: string[]; readonly absent: ArchivedRun[] };
type Written = ArchivedRun & { readonly messages: readonly ArchivedMessage[] };

/** What the archive does not have yet of the families that may leave, one run at a time. Notes which these are. */
async function* toBeWritten(
  deps: RetentionDeps,
  families: DueRuns['families'],
  leaving: Leaving,
): AsyncGenerator<Written, void, undefined> {
  for (const family of families) {
    for (const { end, known } of await endsOf(deps, family, leaving)) {
      const isThere = known !== undefined && holds(known, end);
      leaving.gone.push(isThere ? known : end);
      if (!isThere) yield { ...end, messages: await messagesOf(deps.reader, end) };
    }
  }
}

/** How the runs of a family end, and what the archive has of each; none where one of them has to stay. */
async function endsOf(
  deps: RetentionDeps,
  family: readonly DueRun[],
  leaving: Leaving,
): Promise<readonly { readonly end: ArchivedRun; readonly known: ArchivedRun | undefined }[]> {
  const looked = await mapAtOnce(family, requestsAtOnce, async (run) => ({
    ...{ run, end: await endOf(deps, run), known: await deps.archive.find(run.run) },
  }));
  leaving.damaged.push(...looked.flatMap(({ run, end }) => (end === 'damaged' ? [run.run] : [])));
  if (looked.some(({ end }) => end === 'damaged' || end === 'moved-on')) return [];
  leaving.absent.push(...looked.flatMap(({ end, known }) => (end === 'absent' ? (known ?? []) : [])));

  return looked.flatMap(({ end, known }) => (typeof end === 'string' ? [] : [{ end, known }]));
}

async function* withFirst(
  first: Written,
  others: AsyncIterable<Written>,
): AsyncGenerator<Written, void, undefined> {
  yield first;
  yield* others;
}

const amounts = ['nothing', 'head', 'whole'] as const;

/** Whether the archive has the run as it is, and no less of it than is to be kept. */
function holds(known: ArchivedRun, { position, hash, kept }: ArchivedRun): boolean {
  const isSame = known.position === position && known.hash === hash;

  return isSame && amounts.indexOf(known.kept) >= amounts.indexOf(kept);
}

/**
 * How a run ends, once each record of it is what was hashed and follows the one before, and no more of it was known.
 * Moved on: it was retried, say, since it was judged. Absent: it left before, and the index does not know.
 */
async function endOf(
  { reader, ledger }: Pick<RetentionDeps, 'reader' | 'ledger'>,
  { run, position, policy }: DueRun,
): Promise<ArchivedRun | 'damaged' | 'moved-on' | 'absent'> {
  let last: Extract<Stored, { kind: 'record' }> | undefined;
  for await (const stored of reader.inJournal(run)) {
    if (stored.kind !== 'record' || !follows(stored, last)) return 'damaged';
    last = stored;
  }
  if (last === undefined) return 'absent';
  if (last.position !== position) return 'moved-on';
  const { sequence, hash, data, time: updatedAt } = last.record;
  const known = await ledger.head(run);
  const found = ledgerHead({ run, position, sequence, hash });
  if (known !== undefined && headDamage(known, found) !== undefined) return 'damaged';
  const kept = keptBy(policy.retention);

  return {
    ...{ run, position, sequence, hash, updatedAt, kept },
    head: data.head,
    policy: policyText(policy),
  };
}

function follows(
  { record, body }: Extract<Stored, { kind: 'record' }>,
  before: Extract<Stored, { kind: 'record' }> | undefined,
): boolean {
  const { sequence, previoushash, hash } = record;
  const isNext = sequence === (before?.record.sequence ?? 0) + 1;

  return isNext && previoushash === (before?.record.hash ?? '') && isSigned(body, hash);
}

/**
 * Rejects with JournalUnavailable where they are not those that were looked at before: what is not written now is lost.
 */
async function messagesOf(
  reader: RetentionDeps['reader'],
  { run, kept, sequence, position, hash }: ArchivedRun,
): Promise<readonly ArchivedMessage[]> {
  const messages: ArchivedMessage[] = [];
  if (kept !== 'whole') return messages;
  let last: Extract<Stored, { kind: 'record' }> | undefined;
  for await (const stored of reader.inJournal(run)) {
    if (stored.kind !== 'record' || !follows(stored, last)) throw readOtherwise(run);
    last = stored;
    messages.push({ position: stored.position, body: stored.body });
  }
  const isWhole = last?.position === position && last.record.hash === hash;
  if (!isWhole || messages.length !== sequence) throw readOtherwise(run);

  return messages;
}

function readOtherwise(run: string): JournalUnavailable {
  return new JournalUnavailable(
    `the events of run ${run} were read a second time, and are not the same: nothing left the journal; ask again later`,
  );
}

/** Before the runs leave: nobody would look for them afterwards, and what has none is folded from its events. */
async function dropSnapshots(
  { snapshots, onTrouble }: RetentionDeps,
  gone: readonly ArchivedRun[],
): Promise<void> {
  const long = gone.filter(({ sequence }) => sequence >= snapshotMin);
  await mapAtOnce(long, requestsAtOnce, async ({ run }) => snapshots?.drop(run)).catch((error: unknown) =>
    onTrouble(`snapshots of runs that leave the journal are still there: ${messageOf(error)}`),
  );
}

/** What comes once they are gone. Where it fails nothing is lost: the archive says what became of them. */
async function follow(
  deps: RetentionDeps,
  departed: readonly ArchivedRun[],
  hasSecrets: (definition: { readonly hash: string }) => Promise<boolean>,
): Promise<void> {
  const { index, ledger, runSecrets, onTrouble } = deps;
  await markArchived(index, departed).catch((error: unknown) => {
    onTrouble(`lists do not say yet which runs left the journal: ${messageOf(error)}`);
  });
  await ledger.leave(departed).catch((error: unknown) => {
    onTrouble(`the ledger does not say yet which runs left the journal: ${messageOf(error)}`);
  });
  try {
    const secret = await mapAtOnce(departed, requestsAtOnce, async ({ run, head }) =>
      (await hasSecrets(head.definition)) ? [run] : [],
    );
    await mapAtOnce(secret.flat(), requestsAtOnce, (run) => runSecrets.forget(run));
  } catch (error) {
    onTrouble(`secrets of runs that left the journal are kept until they run out: ${messageOf(error)}`);
  }
}
