import { localId, openTasks, taskAt } from '../../../machines/chart/task-at.ts';
import type { Run } from '../../../machines/run/run.ts';
import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import { RunArchived } from '../../ports/runs/archive.ts';
import type { DeadLetter } from '../../ports/runs/dead-letters.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import type { RunReader } from '../run-reader/run-reader.ts';

/** Of so many runs it is remembered what they hold. */
const keptMax = 50_000;

/**
 * The tasks that failed for good and that nobody has gone on with, or dropped, the latest first; or of one run. A run
 * is read once, and again only when it has changed: thousands may have failed, and every page of their list asks anew.
 * Nobody can go on with a run that was archived: it holds none.
 */
export function createDeadLetters(
  reader: RunReader,
): (filter?: { readonly run?: string }) => Promise<readonly DeadLetter[]> {
  let known: Known = new Map();

  async function lettersIn(last: Holding, next: Known): Promise<readonly DeadLetter[]> {
    const before = known.get(last.run) ?? next.get(last.run);
    if (before?.position === last.position) {
      next.set(last.run, before);
      return before.letters;
    }
    const run = await soundRun(reader, last.run);
    if (run === undefined) return [];
    const letters = lettersOf(run, last.time);
    if (next.size < keptMax) next.set(last.run, { position: last.position, letters });

    return letters;
  }

  return async ({ run: only } = {}) => {
    const holding: Holding[] = [];
    for await (const last of only === undefined ? mayHold(reader) : lastOf(reader, only)) holding.push(last);
    const next: Known = only === undefined ? new Map() : known;
    const letters = (await mapAtOnce(holding, listReadsMax, (last) => lettersIn(last, next))).flat();
    known = next;

    return letters.sort((a, b) => b.at.localeCompare(a.at) || a.run.localeCompare(b.run));
  };
}

type Known = Map<string, { readonly position: number; readonly letters: readonly DeadLetter[] }>;
/** A run whose last record says that it may hold dead letters. */
type Holding = { readonly run: string; readonly position: number; readonly time: string };

const statuses = ['FAILED', 'TIMED_OUT', 'PAUSED'];

async function* mayHold({ runs }: RunReader): AsyncGenerator<Holding> {
  // By what people are shown, which an index has: it is the same word for these.
  const filter = { shown: statuses, isDamaged: false, isArchived: false };
  for await (const { run, position, updatedAt } of runs.each(filter, 'changed'))
    yield { run, position, time: updatedAt };
}

async function* lastOf(reader: RunReader, run: string): AsyncGenerator<Holding> {
  const last = await reader.last(run);
  if (last?.kind !== 'record' || !statuses.includes(last.record.data.head.status)) return;
  if ((await reader.archived(run)) === undefined)
    yield { run, position: last.position, time: last.record.time };
}

/** Nobody can go on with a run that is quarantined, which has other ways out, or that has left since it was listed. */
async function soundRun(reader: RunReader, id: string): Promise<Run | undefined> {
  try {
    return (await reader.fold(id, { whole: true })).run;
  } catch (error) {
    if (error instanceof RunQuarantined || error instanceof RunArchived) return undefined;
    throw error;
  }
}

function lettersOf(run: Run, updatedAt: string): readonly DeadLetter[] {
  const { state } = run;
  if (state.droppedAt !== undefined) return [];
  if (state.status === 'PAUSED') {
    return [...openTasks(state.tasks)]
      .filter(([, task]) => task.state === 'exhausted')
      .map(([task]) => letterOf(run, task, updatedAt));
  }

  return state.failedTask === undefined ? [] : [letterOf(run, innermost(run, state.failedTask), updatedAt)];
}

/** The failure of a FORK or a loop is that of a task in it, where one is known. */
function innermost(run: Run, address: string): string {
  const task = taskAt(run.state, address);
  if (task?.body === undefined) return address;
  const cut = address.length - localId(address).length;
  const inside = [...openTasks({ [localId(address)]: { ...task, state: 'open' } }, address.slice(0, cut))];

  return inside.find(([, { state }]) => state === 'failed' || state === 'timed_out')?.[0] ?? address;
}

function letterOf({ state, chart }: Run, address: string, updatedAt: string): DeadLetter {
  const task = taskAt(state, address);
  const error = task?.error ?? state.error;

  return {
    run: state.run,
    definition: chart.ref,
    task: address,
    attempts: task?.attempt ?? 0,
    ...(error === undefined ? {} : { error }),
    at: task?.endedAt ?? state.endedAt ?? updatedAt,
    status: state.status,
  };
}
