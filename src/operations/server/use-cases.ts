import { z } from 'zod';
import { localId } from '../../../machines/chart/task-at.ts';
import { failureKeyOf } from '../../../machines/run/record/failure-key.ts';
import type { RunCount } from '../../../machines/run/record/run-filter.ts';
import { isDynamic } from '../../../machines/task-names.ts';
import { DoctorReport, Home } from '../../api/home.ts';
import type { serverOperations } from '../../api/operations/server.ts';
import { within } from '../../lib/deadline.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Board, BoardLine } from '../../ports/runs/board.ts';
import type { WaitingApproval } from '../../ports/runs/workflows.ts';
import { runFailureOf } from '../../projections/insights/failure-groups.ts';
import {
  type FailingDefinition,
  type HomeCounts,
  homeCounts,
  recentEndedMax,
} from '../../projections/insights/home.ts';
import { openNeeds, waitCounts, waitingByNeed } from '../../projections/run/run-wait.ts';
import { placesOf } from '../../projections/task/task-order.ts';
import { knownDefinition } from '../definitions/known-definition.ts';
import { type KeptAnswer, keepAnswer, keptFor } from '../kept-for.ts';
import { linesNow } from '../runs/lines-now.ts';
import { sumOf } from '../runs/run-lines.ts';
import { type OperationPorts, type UseCasesOf, useCase } from '../use-case.ts';

const seconds = 60;

type HomeDeps = Pick<OperationPorts, 'workflows' | 'board' | 'agents' | 'triggers' | 'clock'>;

const latestMax = 100;
/** What fits the first screen. */
const nextMax = 10;
const firesMax = 5;

export const serverUseCases = {
  home: useCase(z.object({}), Home, (ports) => homeOf(ports)()),
  doctor: useCase(z.object({}), DoctorReport, async ({ doctor }) => ({
    lines: (await doctor()).map((line) => ({ ...line, advice: line.advice && [...line.advice] })),
  })),
} satisfies UseCasesOf<typeof serverOperations>;

/** What the home page shows. What has to be read is read once for all, behind the answer. */
export const homeOf = keptFor(createHome);

function createHome(deps: HomeDeps): () => Promise<Home> {
  const { board, clock } = deps;
  const rate = countLanding(board, clock);
  const kept = keptAnswers(deps);
  let counted: { readonly position: number; readonly counts: ReturnType<typeof countsOf> } | undefined;
  const countsNow = (): ReturnType<typeof countsOf> => {
    const position = board.position();
    if (counted?.position === position) return counted.counts;
    const counts = countsOf(board);
    counted = { position, counts };
    counts.catch(() => {
      if (counted?.counts === counts) counted = undefined;
    });

    return counts;
  };

  return async () => {
    await board.ready;
    const counts = await countsNow();
    const [approvals, letters, queues, fires, failing] = await Promise.all([
      kept.approvals.soon(),
      kept.letters.soon(),
      kept.queues.soon(),
      kept.fires.soon(),
      Promise.all(counts.failing.map(kept.failing)),
    ]);
    const { lineOf, waitOf } = await linesNow(deps);
    const waiting = waitingByNeed(counts.running, waitOf);

    return {
      position: board.position(),
      needsYou: {
        approvals: counts.hasMore ? Math.max(counts.approvals, approvals?.length ?? 0) : counts.approvals,
        ...waitingOf(counts.approvals === 0 ? [] : (approvals ?? []), clock.now()),
        pausedRuns: counts.pausedRuns,
        deadLetters: letters ?? 0,
        quarantined: counts.quarantined,
        runs: waiting.filter(({ wait }) => wait.needsYou).length,
        next: openNeeds(waiting)
          .slice(0, nextMax)
          .map(({ line, alike }) => ({ ...lineOf(line), alike })),
      },
      failing,
      running: {
        count: counts.running.length,
        waits: waitCounts(waiting),
        byDefinition: { ...counts.byDefinition },
        latest: counts.running.slice(0, latestMax).map(lineOf),
      },
      queues: queues ?? [],
      nextFires: fires ?? [],
      eventRate: rate(),
    };
  };
}

/** Only of definitions of which some run failed, those that ended last are looked at. */
async function countsOf(board: Board): Promise<HomeCounts> {
  const counts = await board.counts();
  const isFailed = ({ status }: RunCount) => status === 'FAILED' || status === 'TIMED_OUT';
  const failing = new Set(counts.filter(isFailed).map(({ definition }) => definition.id));
  const ended = await mapAtOnce([...failing], listReadsMax, (definition) => {
    const filter = { definition, isEnded: true, isDamaged: false };
    return board.page({ filter, order: 'changed', limit: recentEndedMax });
  });
  const damaged = sumOf(counts.filter(({ status }) => status === 'QUARANTINED'));

  return homeCounts(board.live(), { damaged, ended });
}

type Waiting = Pick<Home['needsYou'], 'oldestApprovalSince' | 'lateApprovals'>;
type Kept = {
  readonly approvals: KeptAnswer<readonly WaitingApproval[]>;
  readonly letters: KeptAnswer<number>;
  readonly queues: KeptAnswer<Home['queues']>;
  readonly fires: KeptAnswer<Home['nextFires']>;
  readonly failing: (failing: FailingDefinition) => Promise<Home['failing'][number]>;
};

function keptAnswers(deps: HomeDeps): Kept {
  const { workflows, board, clock } = deps;

  return {
    approvals: keepAnswer(() => workflows.waitingApprovals(board.live()), { clock, forMs: 1_000 }),
    letters: keepAnswer(
      whenChanged(board, async () => (await workflows.deadLetters()).length),
      { clock, forMs: 2_000 },
    ),
    queues: keepAnswer(() => queuesOf(deps), { clock, forMs: 1_000 }),
    fires: keepAnswer(() => nextFires(deps), { clock, forMs: 5_000 }),
    failing: failingTeller(deps),
  };
}

/** Caches an answer that is read from whole runs, until one of the matching runs changes. */
function whenChanged<Answer>(board: Board, load: () => Promise<Answer>): () => Promise<Answer> {
  let known: { readonly key: string; readonly answer: Answer } | undefined;

  return async () => {
    const filter = { shown: mayHoldLetters };
    const [latest] = await board.page({ filter, order: 'changed', limit: 1 });
    const key = `${sumOf(await board.counts(filter))} ${latest?.position ?? 0}`;
    if (known?.key !== key) known = { key, answer: await load() };
    return known.answer;
  };
}

/** As people are shown it, which an index has. */
const mayHoldLetters = ['FAILED', 'TIMED_OUT', 'PAUSED'];

function waitingOf(waiting: readonly WaitingApproval[], nowMs: number): Waiting {
  const now = new Date(nowMs).toISOString();
  let lateApprovals = 0;
  let oldest: string | undefined;
  for (const { since, dueAt, isEscalated } of waiting) {
    if (isEscalated || (dueAt !== undefined && dueAt < now)) lateApprovals++;
    if (oldest === undefined || since < oldest) oldest = since;
  }

  return { lateApprovals, ...(oldest === undefined ? {} : { oldestApprovalSince: oldest }) };
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
    ? await blockedRuns(
        deps,
        board.live().filter(({ damage }) => damage === undefined),
      )
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

/** Reads the group and message of a failure from its run: the first answer waits briefly for it. */
function failingTeller({ workflows, clock }: HomeDeps): Kept['failing'] {
  type Read = { told?: { readonly key: string; readonly error: string }; readonly reading: Promise<void> };
  const reads = new Map<string, Read>();
  const readRun = (run: string, place: string): Read => {
    const read: Read = {
      reading: workflows.view(run).then(
        (view) => {
          const failure = runFailureOf(view);
          read.told = { key: failureKeyOf(failure), error: `${failure.code}: ${failure.message}` };
        },
        // Tried again with the next answer.
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

/** How many runs wait for each agent, by their lines and definitions. */
async function blockedRuns(
  { workflows }: Pick<OperationPorts, 'workflows'>,
  running: readonly BoardLine[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { head } of running) {
    const waiting = head.active.filter(({ status }) => status === 'SCHEDULED');
    if (waiting.length === 0) continue;
    const loaded = await knownDefinition(workflows, head.definition).catch(() => undefined);
    if (loaded === undefined) continue;
    const places = placesOf(loaded.definition);
    const agents = waiting.flatMap(({ task }) => {
      const performer = places.get(localId(task))?.task.performer;
      return performer?.kind === 'agent' && !isDynamic(performer.agent) ? [performer.agent] : [];
    });
    for (const agent of new Set(agents)) counts.set(agent, (counts.get(agent) ?? 0) + 1);
  }

  return counts;
}

/** Counts the events of each of the last 60 seconds, oldest first. */
function countLanding(board: Board, clock: Clock): () => number[] {
  const counts = new Map<number, number>();
  const secondNow = (): number => Math.floor(clock.now() / 1_000);
  board.onLanded(() => {
    const second = secondNow();
    counts.set(second, (counts.get(second) ?? 0) + 1);
    // One second more than is shown is kept; the map is in the order of the seconds.
    const [oldest] = counts.keys();
    if (counts.size > seconds + 1 && oldest !== undefined) counts.delete(oldest);
  });

  return () => {
    const first = secondNow() - seconds + 1;
    return Array.from({ length: seconds }, (_, index) => counts.get(first + index) ?? 0);
  };
}
