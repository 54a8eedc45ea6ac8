import {
  changeWorkset,
  latestRunOf,
  type WorksetChange,
} from '../../../operations/worksets/change-workset.ts';
import type { Workflows } from '../../../ports/runs/workflows.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type FollowFlags, followAndReport, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { actorOf } from '../actor.ts';
import { accepted } from '../approvals/answer.ts';
import { reasonOption } from './change.ts';
import { namedRun } from './named-run.ts';

export type WorksetFlags = FollowFlags & { readonly as?: string; readonly reason?: string };

/** `workflow workset pause <name>`: no item begins any more, and the runs of those that did are paused, too. */
export async function pauseWorkset(
  invocation: Invocation,
  name: string,
  flags: WorksetFlags,
): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withSession<ExitCode>(invocation, 'embedded', async ({ workflows }) => {
    const command = { kind: 'pauseRun', ...reasonOption(flags) } as const;
    const { run, sequence } = await changed(invocation, workflows, { name, flags, command });
    output.document('Answer', { run, command: command.kind, sequence });
    output.data(`${run} and the runs of its items are paused (event ${sequence})`);
    output.note(`they go on with ${hint('workset', 'resume', shortId(run))}`);

    return 0;
  });
}

/** `workflow workset resume <name>`: goes on with it and with the runs of its items, and follows it. */
export async function resumeWorkset(
  invocation: Invocation,
  name: string,
  flags: WorksetFlags,
): Promise<ExitCode> {
  const { output, hint } = invocation;
  const timeout = timeoutOf(flags);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const command = { kind: 'resumeRun' } as const;
    const { run, sequence } = await changed(invocation, session.workflows, { name, flags, command });
    if (flags.detach !== true)
      return followAndReport(invocation, session, { run, from: sequence, ...timeout });
    const owner = await session.workflows.adopt(run);
    output.document('Answer', { run, command: command.kind, sequence });
    output.data(`${run} and the runs of its items are resumed (event ${sequence})`);
    if (owner !== 'owned elsewhere') output.note(`an engine has to run for it to go on: ${hint('serve')}`);

    return 0;
  });
}

type Asked = { readonly name: string; readonly flags: WorksetFlags; readonly command: WorksetChange };

async function changed(
  invocation: Invocation,
  workflows: Workflows,
  { name, flags, command }: Asked,
): Promise<{ readonly run: string; readonly sequence: number }> {
  const run = (await latestRunOf(workflows.runs, name)) ?? (await namedRun(invocation, workflows, name));
  const actor = actorOf(invocation.io, flags.as);
  const sequence = accepted(await changeWorkset(workflows, run, { command, actor }), invocation.hint);

  return { run, sequence };
}
