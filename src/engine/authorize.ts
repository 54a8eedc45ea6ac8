import { answersApproval, commandDeed } from '../../machines/agents/actions.ts';
import type { Deed } from '../../machines/agents/authority.ts';
import { mayAnswerThemselves, standsInFor } from '../../machines/agents/stand-in.ts';
import { refusalFor } from '../../machines/agents/token-scope.ts';
import { taskAt } from '../../machines/chart/task-at.ts';
import { whoAnswered } from '../../machines/chart/tasks/approval-state.ts';
import type { Command, Refusal } from '../../machines/run/decide/command.ts';
import type { Run } from '../../machines/run/run.ts';
import { isTriggeredRun } from '../../machines/triggers/triggered-run.ts';
import type { Absences } from '../ports/access/absences.ts';
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
  const { run, parent, failureOf, trigger, hops, requesters, budget } = request;

  return (
    isTriggeredRun(run) || (parent ?? failureOf ?? trigger ?? hops ?? requesters ?? budget) !== undefined
  );
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

/**
 * The answer of somebody who may not give it, in the name of somebody who may, is away and named them for that time:
 * undefined where there is nobody. Whoever is away is looked up only then. Nothing is handed over in such a name.
 */
export async function inPlaceOf(
  { chart: { plan }, state }: Run,
  {
    command,
    as,
    absences,
    authority,
  }: {
    readonly command: RunCommand;
    readonly as: string;
    readonly absences: Pick<Absences, 'absentFor'> | undefined;
    readonly authority: Authority | undefined;
  },
): Promise<Command | undefined> {
  if (absences === undefined || as === engineActor) return undefined;
  if (!answersApproval(command) || command.kind === 'delegateApproval') return undefined;
  const deed = commandDeed(command, { plan, state });
  if (deed?.kind !== 'approve') return undefined;
  const given = new Set(taskAt(state, command.task)?.grants?.flatMap(whoAnswered));
  const approval = { task: deed.task, asked: deed.asked, given };
  if (mayAnswerThemselves({ by: as, authority }, approval)) return undefined;
  const absent = await absences.absentFor(as);
  const name = standsInFor({ by: as, absent, authority }, approval);

  return name === undefined ? undefined : { ...command, inPlaceOf: name };
}
