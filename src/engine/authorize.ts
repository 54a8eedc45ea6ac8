import { controlling } from '../../machines/agents/actions.ts';
import { askedNow } from '../../machines/agents/asked.ts';
import type { Deed } from '../../machines/agents/authority.ts';
import { localId } from '../../machines/chart/address.ts';
import { taskAt } from '../../machines/chart/task-at.ts';
import type { Refusal } from '../../machines/run/decide/command.ts';
import type { Run } from '../../machines/run/run.ts';
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
  const { run, parent, failureOf, trigger, hops } = request;

  return isTriggeredRun(run) || (parent ?? failureOf ?? trigger ?? hops) !== undefined;
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
  const refusal = wanted === undefined ? undefined : authority.refusal(as, wanted);

  return refusal === undefined ? undefined : { ok: false, refusal };
}

/** Undefined where it is the run that says what is wrong with the command: such a task asks nobody. */
export function deedOf(run: Pick<Run, 'chart' | 'state'>, command: RunCommand): Deed | undefined {
  switch (command.kind) {
    case 'signal':
      return { kind: 'signal', name: command.name };
    case 'approve':
    case 'reject':
      return answering(run, command.task);
    case 'delegateApproval':
      return answering(run, command.task, command.to);
    default:
      return controlling(command);
  }
}

function answering(
  { chart, state }: Pick<Run, 'chart' | 'state'>,
  address: string,
  to?: string,
): Deed | undefined {
  const task = chart.plan.get(localId(address))?.task;
  const known = taskAt(state, address);
  if (task?.type !== 'HUMAN' || known === undefined) return undefined;

  return { kind: 'approve', task: address, asked: askedNow(task, known), to };
}
