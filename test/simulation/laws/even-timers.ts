// I8: what lasts so long lasts so long, however the clock of the machine is set meanwhile. It holds for a timer that
// one engine started and fired with the run in its memory all the while.
import { localId } from '../../../machines/chart/task-at.ts';
import type { Run } from '../../../machines/run/run.ts';
import { type Timer, timersOf } from '../../../machines/run/timers.ts';
import type { Append } from '../../../src/ports/runs/journal.ts';
import type { Link } from '../world/link.ts';
import type { Stream } from '../world/stream.ts';
import type { World } from '../world/world.ts';
import type { Court } from './court.ts';

export type EvenTimers = {
  /** An engine is about to append a record that it has just made. */
  readonly appends: (link: Link, append: Append) => void;
  /** The engine has the run in its memory after one more event. */
  readonly live: (link: Link, run: Run) => void;
};

/** A clock that is set by less is taken for one that is slewed, and followed. */
const slewMsMax = 1_001;

export function createEvenTimers(
  { agenda }: World,
  { court, stream }: { readonly court: Court; readonly stream: Stream },
): EvenTimers {
  const made = new Map<string, { readonly by: string; readonly atMs: number }>();

  /** When the engine made an event of the run; undefined for one that it did not make. */
  function madeMs(link: Link, run: string, sequence: number): number | undefined {
    const { by, atMs } = made.get(stream.of(run)[sequence - 1]?.body ?? '') ?? {};

    return by === link.name ? atMs : undefined;
  }

  /** After which event the timer runs. */
  function startOf(run: string, fired: number, timer: Timer): number {
    const isRunning = (sequence: number) => {
      const before = court.docket(run)?.at(sequence);
      return before !== undefined && timersOf(before).some((each) => isSameTimer(each, timer));
    };
    let start = fired - 1;
    while (start > 1 && isRunning(start - 1)) start -= 1;

    return start;
  }

  return {
    appends: (link, { body }) => {
      if (!made.has(body)) made.set(body, { by: link.name, atMs: agenda.nowMs() });
    },
    live: (link, { state: { run }, sequence }) => {
      const record = court.docket(run)?.record(sequence);
      const before = court.docket(run)?.at(sequence - 1);
      if (record?.type !== 'timer.fired' || before === undefined || court.isSetAside(run)) return;
      const { timer, task, dueAt } = record.data.fact;
      const running = timersOf(before).find((each) => isSameTimer(each, { timer, task, dueAt } as Timer));
      if (running === undefined || isOfCalendar(before, running)) return;
      const start = startOf(run, sequence, running);
      const [beganMs, firedMs] = [madeMs(link, run, start), madeMs(link, run, sequence)];
      const { sinceMs = Number.POSITIVE_INFINITY } = court.seen(link, run) ?? {};
      if (beganMs === undefined || firedMs === undefined || beganMs < sinceMs) return;
      const lastsMs = Date.parse(running.dueAt) - Date.parse(court.docket(run)?.record(start)?.time ?? '');
      if (firedMs - beganMs < lastsMs - slewMsMax)
        court.find(`I8: ${record.id}: ${running.timer} of ${lastsMs} ms fired after ${firedMs - beganMs} ms`);
    },
  };
}

function isSameTimer(one: Timer, other: Timer): boolean {
  return one.timer === other.timer && one.task === other.task && one.dueAt === other.dueAt;
}

function isOfCalendar({ chart }: Run, { timer, task }: Timer): boolean {
  const of = chart.plan.get(localId(task ?? ''))?.task;

  return timer === 'wait.elapsed' && of?.type === 'WAIT' && of.until !== undefined;
}
