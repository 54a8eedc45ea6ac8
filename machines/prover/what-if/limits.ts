import type { JournalRecord } from '../../../events/record.ts';
import type { Command } from '../../run/decide/command.ts';
import { eventOf } from '../../run/record/fold.ts';
import type { Run } from '../../run/run.ts';
import { firstTimer, isRunning, type Timer, timersOf } from '../../run/timers.ts';
import { tell } from './command-of.ts';

/** Retries and waits begin later or earlier without another outcome; what times out may not have done so. */
export function isLimit({ timer }: Pick<Timer, 'timer'>): boolean {
  return timer !== 'task.retry' && timer !== 'wait.elapsed';
}

/** Why a time-out that was recorded would not have come then, in words. */
export function tooEarly(command: Command | undefined, { time }: JournalRecord): string | undefined {
  if (command?.kind !== 'fireTimer' || !isLimit(command.timer) || command.timer.dueAt <= time)
    return undefined;

  return `${timerWords(command.timer)} is not due before ${command.timer.dueAt}`;
}

/**
 * A time-out that would have come before the event and did not run then: so tells `was`, the run by the definition it
 * was recorded by, or else the head of the record before, where the time-out that was due first stands.
 */
export function overdue(
  run: Run,
  record: JournalRecord,
  { before, was }: { readonly before: JournalRecord | undefined; readonly was: Run | undefined },
): Timer | undefined {
  const until = endOf(run, record);
  const first = firstTimer(run)?.dueAt;
  if (first === undefined || first >= until) return undefined;
  const [limit] = timersOf(run)
    .filter((timer) => isLimit(timer) && timer.dueAt < until && !isSame(timer, record))
    .filter((timer) => until > record.time || !ranThen(timer, { before, was }))
    .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1));

  return limit;
}

/** The run after it. */
export function runAfterTimer(run: Run, timer: Timer): Run {
  const told = tell(run, { kind: 'fireTimer', timer }, { time: timer.dueAt, actor: 'engine' });

  return told.ok ? told.run : run;
}

export function tooLate(at: number, timer: Timer) {
  return { at, how: `${timerWords(timer)} would have come before, at ${timer.dueAt}` };
}

function timerWords({ timer, task }: Pick<Timer, 'timer' | 'task'>): string {
  return `the ${timer}${task === undefined ? '' : ` of ${task}`}`;
}

/** When the event comes: a wait or a retry that is longer now ends later, and what is due meanwhile comes first. */
function endOf(run: Run, record: JournalRecord): string {
  const { fact } = eventOf(record);
  if (fact.type !== 'timer.fired' || isLimit(fact.data)) return record.time;
  const { timer, task, attempt } = fact.data;
  const now = timersOf(run).find(
    (each) => each.timer === timer && each.task === task && each.attempt === attempt,
  );

  return now !== undefined && now.dueAt > record.time ? now.dueAt : record.time;
}

/** Whether it is the very time-out that was recorded. */
function isSame({ timer, task, attempt, dueAt }: Timer, record: JournalRecord): boolean {
  const { fact } = eventOf(record);
  if (fact.type !== 'timer.fired') return false;
  const { data } = fact;

  return data.timer === timer && data.task === task && data.attempt === attempt && data.dueAt === dueAt;
}

function ranThen(
  timer: Timer,
  { before, was }: { readonly before: JournalRecord | undefined; readonly was: Run | undefined },
): boolean {
  if (was !== undefined) return isRunning(was, timer);
  const then = before?.data.head.dueAt;

  return then !== undefined && timer.dueAt >= then;
}
