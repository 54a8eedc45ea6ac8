import type { AskedApproval } from '../../../../machines/run/asked-approval.ts';
import type { Home } from '../../../api/home.ts';
import type { Board, BoardLine } from '../../../ports/board.ts';
import { failureOf, keyOf } from '../../../projections/failure-groups.ts';
import { type FailingDefinition, homeCounts } from '../../../projections/home.ts';
import type { ApiDeps } from '../api-deps.ts';
import { runLinesOf } from '../runs/run-lines.ts';
import { blockedRuns } from './blocked-runs.ts';
import { countLanding } from './event-rate.ts';
import { type KeptAnswer, keepAnswer, within } from './kept-answer.ts';

export type HomeDeps = Pick<ApiDeps, 'workflows' | 'board' | 'agents' | 'triggers' | 'clock'>;

const latestMax = 100;
const firesMax = 5;

/** What the home page shows. What has to be read is read once for all, behind the answer. */
export function createHome(deps: HomeDeps): () => Promise<Home> {
  const { board, clock } = deps;
  const rate = countLanding(board, clock);
  const kept = keptAnswers(deps);
  let counted: { readonly position: number; readonly counts: ReturnType<typeof homeCounts> } | undefined;
  const countsNow = (): ReturnType<typeof homeCounts> => {
    const position = board.position();
    if (counted?.position !== position) counted = { position, counts: homeCounts(board.lines()) };
    return counted.counts;
  };

  return async () => {
    await board.ready;
    const counts = countsNow();
    const [approvals, letters, queues, fires, failing] = await Promise.all([
      kept.approvals.soon(),
      kept.letters.soon(),
      kept.queues.soon(),
      kept.fires.soon(),
      Promise.all(counts.failing.map(kept.failing)),
    ]);
    const { lineOf } = runLinesOf(board);

    return {
      position: board.position(),
      needsYou: {
        approvals: counts.hasMore ? Math.max(counts.approvals, approvals?.length ?? 0) : counts.approvals,
        ...waitingOf(counts.approvals === 0 ? [] : (approvals ?? []), clock.now()),
        pausedRuns: counts.pausedRuns,
        deadLetters: letters ?? 0,
        quarantined: counts.quarantined,
      },
      failing,
      running: {
        count: counts.running.length,
        byDefinition: { ...counts.byDefinition },
        latest: counts.running.slice(0, latestMax).map(lineOf),
      },
      queues: queues ?? [],
      nextFires: fires ?? [],
      eventRate: rate(),
    };
  };
}

type Waiting = Pick<Home['needsYou'], 'oldestApprovalSince' | 'lateApprovals'>;
type Kept = {
  readonly approvals: KeptAnswer<readonly AskedApproval[]>;
  readonly letters: KeptAnswer<number>;
  readonly queues: KeptAnswer<Home['queues']>;
  readonly fires: KeptAnswer<Home['nextFires']>;
  readonly failing: (failing: FailingDefinition) => Promise<Home['failing'][number]>;
};

function keptAnswers(deps: HomeDeps): Kept {
  const { workflows, board, clock } = deps;

  return {
    approvals: keepAnswer(
      whenChanged(board, asksSomebody, () => workflows.approvals()),
      { clock, forMs: 1_000 },
    ),
    letters: keepAnswer(
      whenChanged(board, mayHoldLetters, async () => (await workflows.deadLetters()).length),
      { clock, forMs: 2_000 },
    ),
    queues: keepAnswer(() => queuesOf(deps), { clock, forMs: 1_000 }),
    fires: keepAnswer(() => nextFires(deps), { clock, forMs: 5_000 }),
    failing: failingTeller(deps),
  };
}

/** Both are read out of whole runs: not again before one of those that may have something to tell has changed. */
function whenChanged<Answer>(
  board: Board,
  fits: (line: BoardLine) => boolean,
  load: () => Promise<Answer>,
): () => Promise<Answer> {
  let known: { readonly key: string; readonly answer: Answer } | undefined;

  return async () => {
    const fitting = board.lines().filter(fits);
    const key = `${fitting.length} ${fitting[0]?.position ?? 0}`;
    if (known?.key !== key) known = { key, answer: await load() };
    return known.answer;
  };
}

function asksSomebody({ head }: BoardLine): boolean {
  return head.active.some(({ status }) => status === 'PENDING_APPROVAL');
}

function mayHoldLetters({ head: { status } }: BoardLine): boolean {
  return status === 'FAILED' || status === 'TIMED_OUT' || status === 'PAUSED';
}

function waitingOf(asked: readonly AskedApproval[], nowMs: number): Waiting {
  const since = asked[0]?.state.scheduledAt;
  const now = new Date(nowMs).toISOString();
  const late = asked.filter(
    ({ state, dueAt }) => state.escalatedAt !== undefined || (dueAt !== undefined && dueAt < now),
  );

  return { lateApprovals: late.length, ...(since === undefined ? {} : { oldestApprovalSince: since }) };
}

async function queuesOf(deps: HomeDeps): Promise<Home['queues']> {
  const { agents, board } = deps;
  const depths = await agents.depths();
  const queues = agents.agents(depths).map(({ name, workers, transport }) => {
    const { waiting = 0, taken = 0 } = depths?.get(name) ?? {};
    return {
      agent: name,
      waiting,
      taken,
      workers: workers.length,
      isAttended: workers.length > 0 || transport.kind !== 'nats',
    };
  });
  const busy = queues.filter(({ waiting, taken }) => waiting + taken > 0);
  const isBlocked = busy.some(({ isAttended }) => !isAttended);
  const blocked = isBlocked
    ? await blockedRuns(deps, homeCounts(board.lines()).running)
    : new Map<string, number>();

  return busy.map(({ isAttended, ...queue }) => ({
    ...queue,
    blockedRuns: isAttended ? 0 : (blocked.get(queue.agent) ?? queue.waiting),
  }));
}

async function nextFires({ triggers }: HomeDeps): Promise<Home['nextFires']> {
  const schedules = await triggers.schedules(1);

  return schedules
    .filter(({ paused }) => paused === undefined)
    .flatMap(({ definition, id, next }) => next.map((at) => ({ definition: definition.id, trigger: id, at })))
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(0, firesMax);
}

const firstReadMs = 300;

/** The group of a failure, and its message, are told by the run itself: the first answer waits for that a little. */
function failingTeller({ workflows, clock }: HomeDeps): Kept['failing'] {
  type Read = { told?: { readonly key: string; readonly error: string }; readonly reading: Promise<void> };
  const reads = new Map<string, Read>();
  const readRun = (run: string, place: string): Read => {
    const read: Read = {
      reading: workflows.view(run).then(
        (view) => {
          const failure = failureOf(view);
          read.told = { key: keyOf(failure), error: `${failure.code}: ${failure.message}` };
        },
        // It is asked for again with the next answer.
        () => void reads.delete(place),
      ),
    };
    if (reads.size > 1_000) reads.clear();
    reads.set(place, read);

    return read;
  };

  return async ({ line, ...failing }) => {
    const place = `${line.run}/${line.sequence}`;
    const read = reads.get(place) ?? readRun(line.run, place);
    if (read.told === undefined) await within(clock, firstReadMs, read.reading);

    return { ...failing, key: '', ...read.told };
  };
}
