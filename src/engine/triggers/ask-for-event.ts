import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { shardOf } from '../../../machines/shard.ts';
import type { CommandChannel } from '../../ports/runs/command-channel.ts';
import type { Answer, RunCommand } from '../../ports/runs/workflows.ts';
import type { EngineRequest } from '../requests.ts';
import { startTooLarge } from './start-triggered.ts';

export type AskDeps = { readonly commands: CommandChannel; readonly shardCount?: number | undefined };

/** How long the owner of a run may take to answer; the event is dealt with again then. */
const timeoutMs = 10_000;

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
