import type { Deed } from '../../machines/agents/authority.ts';
import { refusalFor } from '../../machines/agents/token-scope.ts';
import type { Refusal } from '../../machines/run/decide/command.ts';
import { isTriggeredRun } from '../../machines/triggers/triggered-run.ts';
import { type Authority, anyActor, engineActor } from '../ports/access/authority.ts';
import type { RunCommand } from '../ports/runs/workflows.ts';
import type { EngineRequest } from './requests.ts';
import type { Refused } from './run/mailbox.ts';

/** Why whoever asks may not do what a request says, as far as that can be told without looking at its run. */
export function notTheirs(request: EngineRequest, as: string): Refusal | undefined {
  if (as === engineActor || request.kind === 'adopt') return undefined;
  const claimed = [request.actor, ...(request.kind === 'command' ? byOf(request.command) : [])];
  const other = claimed.find((name) => name !== as);
  if (other !== undefined || as === anyActor) return notYou(as, `${other ?? 'nobody'} has to do that`);

  return isOfEngines(request)
    ? notYou(as, 'only an engine starts runs for other runs and triggers')
    : undefined;
}

/** The id of a run that a trigger starts can be known before: nobody may take its place. */
function isOfEngines(request: EngineRequest): boolean {
  if (request.kind !== 'start') return request.kind === 'fork' && isTriggeredRun(request.run);
  const { run, parent, failureOf, trigger, hops, requesters } = request;

  return isTriggeredRun(run) || (parent ?? failureOf ?? trigger ?? hops ?? requesters) !== undefined;
}

function byOf(command: RunCommand): readonly string[] {
  return 'by' in command ? [command.by] : [];
}

function notYou(as: string, reason: string): Refusal {
  return { code: 'authority.not-you', message: `this was asked by ${JSON.stringify(as)}: ${reason}` };
}

/** What engines do to the runs of others is part of what was allowed when those were started. */
export function refusedFor(
  authority: Authority | undefined,
  as: string,
  deed: () => Deed | undefined,
): Refused | undefined {
  if (authority === undefined || as === engineActor) return undefined;
  const wanted = deed();
  const refusal = wanted === undefined ? undefined : refusalFor({ actor: as }, wanted, authority);

  return refusal === undefined ? undefined : { ok: false, refusal };
}
