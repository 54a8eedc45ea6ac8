import { localId } from '../../../machines/chart/task-at.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { AgentAct, AgentWork } from '../../api/agent-work.ts';
import { type BookRow, leadersIn } from '../insights/book-row.ts';
import { placesOf } from '../task/task-order.ts';
import { timelineOf } from '../task/timeline.ts';

/** An attempt, and whose it was. Short ids change as runs come: they are given when it is shown. */
export type Attempted = Omit<AgentAct, 'shortId'> & { readonly agent: string };

const dayMs = 24 * 60 * 60 * 1_000;
const lost: ReadonlySet<string> = new Set(['failed', 'timed_out']);

/** The most attempts listed for one run. */
const attemptsMax = 1_000;

/** The attempts that agents made in a run; of a very long one, the 1,000 that began last. */
export function attemptsOf(
  { run, definition }: Pick<AgentAct, 'run' | 'definition'>,
  rows: readonly BookRow[],
  loaded: Definition,
): readonly Attempted[] {
  const places = placesOf(loaded);
  const leaders = new Map(rows.flatMap(leadersIn));
  const agentOf = (address: string): string | undefined => {
    const task = places.get(localId(address))?.task;
    if (task?.type !== 'SIMPLE') return undefined;

    return leaders.get(address) ?? (task.performer.kind === 'agent' ? task.performer.agent : undefined);
  };

  const told = timelineOf(rows, { definition: loaded, rowsMax: Number.POSITIVE_INFINITY }).rows;
  const attempts = told.flatMap(({ id: task, bars }) => {
    const agent = agentOf(task);
    if (agent === undefined) return [];
    return bars
      .filter(({ kind }) => kind === 'running')
      .map(({ attempt, worker, from, to, outcome }) => ({
        agent,
        run,
        definition,
        task,
        attempt,
        worker,
        from,
        to,
        outcome,
      }));
  });

  return attempts.length <= attemptsMax ? attempts : lastFirst(attempts).slice(0, attemptsMax);
}

/** The attempts of one agent, the one that began last first. */
export function attemptsBy(agent: string, attempts: readonly Attempted[]): readonly Attempted[] {
  return lastFirst(attempts.filter((each) => each.agent === agent));
}

function lastFirst(attempts: readonly Attempted[]): readonly Attempted[] {
  return attempts.toSorted((a, b) => b.from.localeCompare(a.from));
}

/** What an agent did, of its attempts in the order of `attemptsBy`. */
export function agentWork(
  agent: string,
  attempts: readonly Attempted[],
  { nowMs, shortId }: { readonly nowMs: number; readonly shortId: (run: string) => string },
): AgentWork {
  const ended = attempts.filter(({ to }) => to !== undefined && Date.parse(to) > nowMs - dayMs);
  const [latest] = attempts;

  return {
    agent,
    lastDay: {
      completed: ended.filter(({ outcome }) => outcome === 'completed').length,
      failed: ended.filter(({ outcome = '' }) => lost.has(outcome)).length,
    },
    latest: latest === undefined ? undefined : agentAct(latest, shortId),
  };
}

/** An attempt as it is shown. */
export function agentAct({ agent: _agent, ...act }: Attempted, shortId: (run: string) => string): AgentAct {
  return { ...act, shortId: shortId(act.run) };
}
