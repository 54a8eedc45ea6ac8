import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { EventEffect } from '../../../events/event-outcome.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { engineActor } from '../../ports/access/authority.ts';
import { isTransientRefusal, NotStartedYet } from '../run/command-traits.ts';
import { type AskDeps, askForEvent } from './ask-for-event.ts';
import { effectOf } from './event-starts.ts';

/** How many runs are asked at a time. */
const lanes = 32;
/** The longest id that a signal has. */
const idLengthMax = 200;

/** What says that a run waits for something else by now, or for nothing. */
const overtaken: ReadonlySet<string> = new Set(['signal.not-awaited', 'run.closed', 'run.leaving']);

/** An event is the signal of its type to runs. One that it has woken already says so when it is asked again. */
export async function wakeRuns(
  deps: AskDeps,
  event: CloudEvent,
  runs: readonly string[],
): Promise<readonly EventEffect[]> {
  const effects: EventEffect[] = [];
  const left = [...runs].reverse();

  async function wakeOneByOne(): Promise<void> {
    for (let run = left.pop(); run !== undefined; run = left.pop())
      effects.push(await wake(deps, run, event));
  }
  await Promise.all(Array.from({ length: Math.min(lanes, runs.length) }, wakeOneByOne));

  return effects;
}

async function wake(deps: AskDeps, run: string, event: CloudEvent): Promise<EventEffect> {
  const signal = {
    kind: 'signal',
    name: event.type,
    data: event.data ?? {},
    id: signalId(event),
    ifAwaited: true,
  } as const;
  const answer = await askForEvent(deps, event, { run, command: signal, as: engineActor });
  // The run knows the id: the event has woken it, and the answer was lost.
  if (answer.ok || answer.refusal.code === 'signal.repeated') return { kind: 'woke', run };
  const { refusal } = answer;
  if (isTransientRefusal(refusal)) throw new NotStartedYet(run, refusal);

  return effectOf({ kind: overtaken.has(refusal.code) ? 'ignored' : 'refused', run, ...refusal });
}

function signalId({ source, id }: CloudEvent): string {
  const text = `${source}#${id}`;

  return text.length <= idLengthMax ? text : sha256Hex(text);
}
