// What holds for how often, and when, something is done: attempts, timers, and tasks that keep failing.
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { type Breaker, breakerAt, emptyBreaker, withOutcome } from '../../../machines/run/breaker.ts';
import type { Run } from '../../../machines/run/run.ts';
import { outcomeOf, type RecordedOutcome } from '../../../src/engine/attempts/breakers.ts';
import type { Attempt } from '../../../src/ports/work/handler.ts';
import type { Fault } from '../world/faults.ts';
import type { Message } from '../world/stream.ts';
import type { World } from '../world/world.ts';
import type { Entry } from './docket.ts';

export type Bounds = {
  readonly see: (message: Message, entry: Entry) => readonly string[];
  /** A worker begins an attempt of a run that has come so far. */
  readonly begins: (attempt: Attempt, run: Run) => readonly string[];
};

/** So long the news that a breaker has opened may be on its way to an engine that nothing holds up. */
const newsMsMax = 1_000;

/**
 * What may come between the moment in which a breaker lets an attempt through and the one in which it begins: a lease
 * that is not fresh holds it up, and meanwhile another engine's attempt may have opened the breaker (decision 0009).
 */
const delaying: ReadonlySet<Fault> = new Set([
  'pause',
  'outage',
  'disk full',
  'early expiry',
  'lost request',
  'lost answer',
  'late landing',
  'late watch',
]);

export function createBounds({ agenda, faults }: World): Bounds {
  const outcomes = new Map<string, (RecordedOutcome & { readonly storedAtMs: number })[]>();
  const isTimeEven = !faults.kinds.includes('clock jump');
  const isPrompt = isTimeEven && !faults.kinds.some((kind) => delaying.has(kind));

  /** I6: no more attempts than the policy grants, counted anew where a person had the task go on. */
  function checkAttempts({ sealed: { transitions, run } }: Entry): readonly string[] {
    return transitions.flatMap(({ task: address, to }) => {
      if (address === undefined || to !== 'scheduled') return [];
      const task = run.chart.plan.get(localId(address))?.task;
      const { attempt = 0, spent = 0 } = taskAt(run.state, address) ?? {};
      const isOver = task !== undefined && attempt - spent > task.retry.maxAttempts;

      return isOver
        ? [`I6: attempt ${attempt} of ${address} is begun, after ${spent}, of ${task.retry.maxAttempts}`]
        : [];
    });
  }

  function checkTimer({ record }: Entry): readonly string[] {
    if (record.type !== 'timer.fired' || !isTimeEven) return [];
    const { timer, dueAt } = record.data.fact;

    return Date.parse(String(dueAt)) > agenda.nowMs()
      ? [`I8: ${record.id}: ${String(timer)} fired before it was due`]
      : [];
  }

  return {
    see: ({ run, position, body, storedAtMs }, entry) => {
      const outcome = outcomeOf({ kind: 'record', run, position, body, record: entry.record });
      if (outcome !== undefined) {
        const known = outcomes.get(outcome.breaker) ?? [];
        outcomes.set(outcome.breaker, [...known, { ...outcome, storedAtMs }]);
      }

      return [...checkAttempts(entry), ...checkTimer(entry)];
    },
    begins: ({ task, key }, { chart }) => {
      const id = localId(task);
      const policy = chart.plan.get(id)?.task.circuitBreaker;
      if (policy === undefined || !isPrompt) return [];
      const nowMs = agenda.nowMs();
      const told = (outcomes.get(`${chart.ref.id}/${id}`) ?? []).filter(
        ({ storedAtMs }) => storedAtMs + newsMsMax < nowMs,
      );
      const breaker = told.reduce<Breaker>(
        (folded, outcome) => withOutcome(folded, outcome, policy),
        emptyBreaker,
      );

      return breakerAt(breaker, policy, nowMs).state === 'open'
        ? [`${key} is begun while its breaker is open`]
        : [];
    },
  };
}
