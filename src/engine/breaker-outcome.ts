import type { JournalRecord } from '../../events/record.ts';
import { localId } from '../../machines/compile/address.ts';
import type { AttemptOutcome } from '../../machines/run/breaker.ts';
import type { Stored } from '../ports/journal.ts';

/**
 * What a record says of an attempt: `breaker` is `<definition id>/<task id>`, `attempt` is `<run>/<task>/<attempt>`.
 */
export type RecordedOutcome = AttemptOutcome & {
  readonly breaker: string;
  readonly attempt: string;
  readonly position: number;
};

/** The timers that end an attempt which has begun. One that nobody took up in time says nothing of the task. */
const endings: ReadonlySet<unknown> = new Set(['task.timeout', 'task.heartbeat-timeout']);

/** How an attempt ended; undefined for a message that tells of none. */
export function outcomeOf(stored: Stored): RecordedOutcome | undefined {
  if (stored.kind === 'foreign') return undefined;
  const { type, time, data } = stored.record;
  const { task, attempt } = data.fact;
  const ok = type === 'task.completed';
  if (typeof task !== 'string' || !(ok || isSetback(type, data))) return undefined;

  return {
    breaker: `${data.head.definition.id}/${localId(task)}`,
    attempt: `${stored.run}/${task}/${String(attempt)}`,
    position: stored.position,
    atMs: Date.parse(time),
    ok,
  };
}

function isSetback(type: string, { fact, transitions }: JournalRecord['data']): boolean {
  if (type !== 'timer.fired') return type === 'task.failed';

  // Under `timeout_policy: alert` the timer moves nothing: the attempt goes on.
  return endings.has(fact['timer']) && transitions.length > 0;
}
