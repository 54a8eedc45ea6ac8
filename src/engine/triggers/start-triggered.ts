import type { Json } from '../../../events/canonical-json.ts';
import type { Head } from '../../../events/record.ts';
import type { DefinitionRef, TriggerRef } from '../../../events/run-events.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';
import { partedInput } from '../../../machines/run/record/parted-input.ts';
import { shardOf } from '../../../machines/shard.ts';
import type { RunSecrets } from '../../ports/access/secrets.ts';
import { type CommandChannel, CommandTooLarge } from '../../ports/runs/command-channel.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import type { Answer } from '../../ports/runs/workflows.ts';
import { remoteRunClient } from '../cluster/remote-run-client.ts';
import { isTransientRefusal, NotStartedYet } from '../run/command-traits.ts';
import type { RunReader } from '../run-reader/run-reader.ts';

export type StartDeps = {
  readonly reader: Pick<RunReader, 'last' | 'archived'>;
  readonly commands: CommandChannel;
  readonly runSecrets: Pick<RunSecrets, 'keep'>;
  /** As that of the engines. */
  readonly shardCount?: number | undefined;
};

export type TriggeredStart = {
  readonly ref: DefinitionRef;
  readonly definition: Definition;
  /** The id that follows from what the run is for: the same again is the same run. */
  readonly run: string;
  readonly trigger: TriggerRef;
  /** It has been checked already. */
  readonly input: Readonly<Record<string, Json>>;
  /** `engine`, or whoever asked for it. */
  readonly actor: string;
};

/** `already`: the run was there before. */
export type StartOutcome =
  | { readonly kind: 'started' | 'already'; readonly run: string }
  | ({ readonly kind: 'refused' } & Refusal);

/**
 * Starts the run of a trigger, once however often it is asked for. Rejects with what may pass: nothing may be recorded
 * because of that, and asking again does no harm.
 */
export async function startTriggered(deps: StartDeps, start: TriggeredStart): Promise<StartOutcome> {
  const { ref, definition, run, trigger, input, actor } = start;
  const there = await deps.reader.last(run);
  if (there !== undefined) return takenBy(headOf(there), start) ?? { kind: 'already', run };
  // Nothing would start, and what it brings along must not be kept under a run that was dropped.
  const archived = await deps.reader.archived(run);
  if (archived !== undefined)
    return (
      takenBy(archived.kept === 'nothing' ? undefined : archived.head, start) ?? { kind: 'already', run }
    );
  const { open, secret } = partedInput(definition, input);
  if (Object.keys(secret).length > 0) await deps.runSecrets.keep(run, secret);
  const engines = remoteRunClient(deps.commands, (each) => shardOf(each, deps.shardCount), nobodyHere);
  const answer = await engines
    .start({ run, hash: ref.hash, input: open, trigger, actor })
    .catch((error: unknown) => startTooLarge(run, error));
  if (answer.ok) return { kind: 'started', run };
  if (isTransientRefusal(answer.refusal)) throw new NotStartedYet(run, answer.refusal);

  return { kind: 'refused', ...answer.refusal };
}

function headOf(there: Stored): Head | undefined {
  return there.kind === 'record' ? there.record.data.head : undefined;
}

/** Why the run that has the id is not the one that the trigger starts; undefined where it is, or nobody can tell. */
function takenBy(there: Head | undefined, { ref, run, trigger }: TriggeredStart): StartOutcome | undefined {
  if (there === undefined) return undefined;
  const { definition, trigger: by } = there;
  if (definition.id === ref.id && by === trigger.id) return undefined;
  const origin = by === undefined ? 'nothing has triggered it' : `the trigger ${by} has started it`;
  const rule = `the trigger ${trigger.id} of ${ref.id} cannot start one of this id; look at who began it: workflow history ${run}`;

  return {
    kind: 'refused',
    code: 'trigger.run-taken',
    message: `${run} is a run of ${definition.id} and ${origin}: ${rule}`,
  };
}

/** Engines that look after triggers share all runs: somebody works on each of them. */
const nobodyHere = (): Promise<boolean> => Promise.resolve(false);

/** What does not fit into one message will not fit the next time. */
export function startTooLarge(run: string, error: unknown): Answer {
  if (!(error instanceof CommandTooLarge)) throw error;

  return { ok: false, run, refusal: { code: error.code, message: error.message } };
}
