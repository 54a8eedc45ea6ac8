import type { CloudEvent } from '../../../../events/cloud-event.ts';
import type { EventOutcome } from '../../../../events/event-outcome.ts';
import type { TriggersDesk } from '../../../ports/triggers-desk.ts';
import { within } from '../../../ports/within.ts';
import { CliFailure } from '../cli-failure.ts';
import type { Invocation } from '../invocation.ts';
import { warnUnattended } from '../with-triggers.ts';

const lookEveryMs = 200;
const attendedMsMax = 1_000;
/** An event that was published before goes by its id for so long: what became of it then is what becomes of it. */
const repeatedMs = 15 * 60_000;
const outcomesMax = 1_000;

type Waiting = { readonly event: CloudEvent; readonly timeoutMs: number };

/** Waits until an engine has dealt with an event that was published. Throws CliFailure when that takes too long. */
export async function outcomeOf(
  invocation: Invocation,
  desk: TriggersDesk,
  { event, timeoutMs }: Waiting,
): Promise<EventOutcome> {
  const { clock } = invocation.io;
  let isLate = false;
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(timeoutMs, () => {
      isLate = true;
      resolve(undefined);
    });
  });
  async function looking(): Promise<EventOutcome | undefined> {
    const sinceMs = clock.now() - repeatedMs;
    let isWarned = false;
    while (!isLate) {
      const outcomes = await desk.outcomes({ limit: outcomesMax, type: event.type, sinceMs });
      const found = outcomes.find((each) => isOf(each, event));
      if (found !== undefined) return found;
      if (!isWarned) isWarned = !(await warnUnattended(invocation, desk));
      await new Promise<void>((over) => void clock.after(lookEveryMs, over));
    }
    return undefined;
  }

  try {
    // A server that is gone answers no look at all.
    const outcome = await Promise.race([looking(), late]);
    if (outcome !== undefined) return outcome;
  } finally {
    cancel();
  }
  throw await stillOpen(invocation, desk, event.id);
}

/** What became of an event that was published before, maybe with another type. Undefined: nothing yet. */
export async function earlierOutcome(
  { io }: Invocation,
  desk: TriggersDesk,
  event: CloudEvent,
): Promise<EventOutcome | undefined> {
  const outcomes = await desk.outcomes({ limit: outcomesMax, sinceMs: io.clock.now() - repeatedMs });

  return outcomes.find((each) => isOf(each, event));
}

function isOf({ event }: EventOutcome, { id, source }: CloudEvent): boolean {
  return event?.id === id && event.source === source;
}

async function stillOpen({ io, hint }: Invocation, desk: TriggersDesk, id: string): Promise<CliFailure> {
  const rest = `the event ${id} itself is stored, and is dealt with when one does`;
  if ((await within(io.clock, attendedMsMax, desk.isAttended())) === false)
    return new CliFailure('engine.none', `no engine looks after triggers; ${rest}`, hint('serve'));

  return new CliFailure(
    'wait.timeout',
    `nothing is known yet of an engine that has dealt with it; ${rest}`,
    hint('events', 'list'),
  );
}
