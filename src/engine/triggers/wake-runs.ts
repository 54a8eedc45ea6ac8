import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import { cancelledCode, type EventEffect } from '../../../events/event-outcome.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { shardOf } from '../../../machines/shard.ts';
import { engineActor } from '../../ports/access/authority.ts';
import type { CommandChannel } from '../../ports/runs/command-channel.ts';
import type { Answer, RunCommand } from '../../ports/runs/workflows.ts';
import type { EngineRequest } from '../requests.ts';
import { isTransientRefusal, NotStartedYet } from '../run/command-traits.ts';
import { effectOf } from './event-starts.ts';
import { startTooLarge } from './start-triggered.ts';

/** How long the owner of a run may take to answer; the event is dealt with again then. */
const timeoutMs = 10_000;

/** How many runs are asked at a time. */
const lanes = 32;

/** The longest id that a signal has. */
const idLengthMax = 200;

/** What says that a run waits for something else by now, or for nothing. */
const overtaken: ReadonlySet<string> = new Set([
  ...['signal.not-awaited', 'run.closed', 'run.leaving', 'run.archived'],
]);

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
  // The code, not a kind of its own: earlier releases read these outcomes as well.
  if (answer.ok && answer.cancelled) return { kind: 'woke', run, code: cancelledCode };
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

export type AskDeps = { readonly commands: CommandChannel; readonly shardCount?: number | undefined };

/**
 * Gives a run a command because of an event. The same event asks with the same id, so that it is answered the same; one
 * that only bears the id of another asks for itself.
 */
export async function askForEvent(
  { commands, shardCount }: AskDeps,
  { source, id }: CloudEvent,
  { run, command, as }: { readonly run: string; readonly command: RunCommand; readonly as: string },
): Promise<Answer> {
  const request: EngineRequest = {
    kind: 'command',
    id: sha256Hex(canonicalJson([source, id, run, as, command as unknown as Json])),
    run,
    command,
    actor: as,
  };
  const asked = commands.request(shardOf(run, shardCount), request as Json, { as, timeoutMs });

  return (await asked.catch((error: unknown) => startTooLarge(run, error))) as Answer;
}
