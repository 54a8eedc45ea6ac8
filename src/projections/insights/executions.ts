import type { Json } from '../../../events/canonical-json.ts';
import type { Execution } from '../../ports/runs/executions.ts';
import { nearestRank } from './nearest-rank.ts';

/** A line of the record of executions with the names of the seeds' table `workflow_executions`. */
export type ExecutionRow = {
  readonly id: number;
  readonly workflow_id: string;
  readonly trigger_id: string;
  readonly agents_involved: readonly string[];
  readonly execution_status: string;
  readonly result: Json;
  /** When it was started: ISO 8601, UTC. */
  readonly timestamp: string;
};

export function executionRow(execution: Execution): ExecutionRow {
  return {
    id: execution.position,
    workflow_id: execution.run,
    trigger_id: execution.trigger,
    agents_involved: execution.agents,
    execution_status: execution.status.toLowerCase(),
    result: execution.result ?? null,
    timestamp: execution.startedAt,
  };
}

/** How the runs of one trigger went. Averages are absent where there is nothing to take them of. */
export type TriggerSummary = {
  readonly trigger: string;
  readonly runs: number;
  readonly ended: number;
  readonly completed: number;
  /** Runs that failed or timed out. */
  readonly failed: number;
  /** Runs that people stopped. */
  readonly cancelled: number;
  readonly terminated: number;
  /** Completed of completed and failed, from 0 to 1. */
  readonly successRate?: number;
  /** Of those that ended, from start to end: what they waited for people is part of it. */
  readonly averageMs?: number;
  readonly p95Ms?: number;
  readonly agentsAverage: number;
  readonly lastStartedAt: string;
  readonly lastRun: string;
};

export type Summing = {
  readonly add: (execution: Execution) => void;
  /** The trigger with most runs first. */
  readonly result: () => readonly TriggerSummary[];
};

/** Sums executions up by trigger. Of each no more is kept than how long it took. */
export function summingUp(): Summing {
  const byTrigger = new Map<string, Sums>();

  return {
    add: (execution) => {
      const sums = byTrigger.get(execution.trigger) ?? noSums(execution);
      byTrigger.set(execution.trigger, sums);
      addTo(sums, execution);
    },
    result: () =>
      [...byTrigger]
        .map(([trigger, sums]) => summaryOf(trigger, sums))
        .sort((a, b) => b.runs - a.runs || a.trigger.localeCompare(b.trigger)),
  };
}

type End = 'completed' | 'failed' | 'cancelled' | 'terminated';

type Sums = Record<End, number> & {
  runs: number;
  agents: number;
  last: Pick<Execution, 'startedAt' | 'run'>;
  readonly tookMs: number[];
};

function noSums(last: Execution): Sums {
  return { runs: 0, completed: 0, failed: 0, cancelled: 0, terminated: 0, agents: 0, last, tookMs: [] };
}

function addTo(sums: Sums, execution: Execution): void {
  const { startedAt, endedAt, run } = execution;
  sums.runs += 1;
  sums.agents += execution.agents.length;
  if (startedAt > sums.last.startedAt) sums.last = { startedAt, run };
  if (endedAt === undefined) return;
  sums.tookMs.push(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)));
  const end = endOf(execution);
  if (end !== undefined) sums[end] += 1;
}

/** A run whose journal is damaged came to no end that can be relied on. */
function endOf({ status, shown }: Execution): End | undefined {
  switch (status) {
    case 'COMPLETED':
      return 'completed';
    case 'FAILED':
    case 'TIMED_OUT':
      return 'failed';
    case 'TERMINATED':
      return shown === 'CANCELLED' ? 'cancelled' : 'terminated';
    default:
      return undefined;
  }
}

function summaryOf(trigger: string, { agents, last, tookMs, ...counts }: Sums): TriggerSummary {
  const ended = tookMs.length;

  return {
    trigger,
    ...counts,
    ended,
    ...successRate(counts.completed, counts.failed),
    ...(ended === 0
      ? {}
      : {
          averageMs: tookMs.reduce((sum, ms) => sum + ms, 0) / ended,
          p95Ms: nearestRank(tookMs, 0.95) ?? 0,
        }),
    agentsAverage: agents / counts.runs,
    lastStartedAt: last.startedAt,
    lastRun: last.run,
  };
}

/**
 * How many of the runs that came to an end of their own completed, from 0 to 1; nothing where there are none. Those
 * that people stopped do not count: they neither succeeded nor failed.
 */
export function successRate(completed: number, failed: number): { readonly successRate?: number } {
  const judged = completed + failed;

  return judged === 0 ? {} : { successRate: completed / judged };
}
