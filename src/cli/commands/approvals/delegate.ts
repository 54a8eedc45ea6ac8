import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { actorOf } from '../actor.ts';
import { reasonOption } from '../runs/change.ts';
import { namedRun } from '../runs/named-run.ts';
import { accepted } from './answer.ts';
import { onlyApproval } from './asked-task.ts';

export type DelegateFlags = { readonly to: string; readonly as?: string; readonly reason?: string };

/** `workflow approvals delegate <run> [task] --to <name>`: asks another person instead, or as well. */
export async function delegateApproval(
  invocation: Invocation,
  request: { readonly run: string; readonly task: string | undefined; readonly flags: DelegateFlags },
): Promise<ExitCode> {
  const { hint, io, output } = invocation;
  const { flags } = request;
  const { to } = flags;
  const by = actorOf(io, flags.as);

  return withSession<ExitCode>(invocation, 'embedded', async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, request.run);
    const task = request.task ?? (await onlyApproval(invocation, workflows, run)).address;
    const command = { kind: 'delegateApproval', task, by, to, ...reasonOption(flags) } as const;
    const sequence = accepted(await workflows.command(run, command, by), hint);
    output.document('Answer', { run, task, decision: 'delegate', by, to, sequence });
    output.data(`${run} ${task} handed over by ${by} to ${to} (event ${sequence})`);

    return 0;
  });
}
