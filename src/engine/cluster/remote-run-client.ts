import type { Json } from '../../../events/canonical-json.ts';
import { engineActor } from '../../ports/access/authority.ts';
import type { CommandChannel } from '../../ports/runs/command-channel.ts';
import type { Answer } from '../../ports/runs/workflows.ts';
import type { EngineRequest } from '../requests.ts';
import type { OtherRuns } from '../run/failure-runs.ts';

/** How long the owner of another run may take to answer; who asks asks again. */
const timeoutMs = 10_000;

/** Asks the owners of other runs. A run that nobody works on is worked on here. */
export function remoteRunClient(
  commands: CommandChannel,
  shardOf: (run: string) => number,
  workOn: (run: string) => Promise<boolean>,
): OtherRuns {
  async function ask(request: EngineRequest): Promise<Answer> {
    await workOn(request.run);

    return (await commands.request(shardOf(request.run), request as Json, {
      as: engineActor,
      timeoutMs,
    })) as unknown as Answer;
  }

  return {
    start: (request) =>
      ask({ kind: 'start', id: crypto.randomUUID(), ...request, input: { ...request.input } }),
    workOn,
    command: (run, command, actor) => ask({ kind: 'command', id: crypto.randomUUID(), run, command, actor }),
  };
}
