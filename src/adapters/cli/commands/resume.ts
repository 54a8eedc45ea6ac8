import { isFinal } from '../../../../machines/compile/run-state.ts';
import { CliFailure } from '../cli-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import { followAndReport } from '../follow/follow-and-report.ts';
import { type FollowFlags, timeoutOf } from '../follow/follow-options.ts';
import { type Invocation, withSession } from '../invocation.ts';
import { shortId } from '../render/short-id.ts';
import { actorOf } from './actor.ts';
import { accepted } from './answer.ts';
import { namedRun } from './named-run.ts';

/** `workflow resume <run>`: goes on with a run whose engine is gone or that is paused, and follows it. */
export async function resume(
  invocation: Invocation,
  name: string,
  flags: FollowFlags & { readonly as?: string },
): Promise<ExitCode> {
  const { hint, io, output } = invocation;
  const timeout = timeoutOf(flags);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const { workflows } = session;
    const run = await namedRun(invocation, workflows, name);
    const view = await workflows.view(run);
    const { status, endedAt } = view.state;
    if (isFinal(status)) {
      const message = `run ${run} ended ${status} at ${endedAt ?? ''} and cannot be resumed`;
      throw new CliFailure('run.closed', message, hint('show', shortId(run)));
    }
    let from = view.sequence;
    if (status === 'PAUSED') {
      from = accepted(await workflows.command(run, { kind: 'resumeRun' }, actorOf(io, flags.as)), hint);
    }
    if (flags.detach !== true) return followAndReport(invocation, session, { run, from, ...timeout });

    const owner = await workflows.adopt(run);
    output.document('Run', { run, sequence: from, owner });
    output.data(
      owner === 'owned elsewhere'
        ? `${run} goes on in another engine`
        : `${run} is resumed; an engine has to run for it to go on: ${hint('serve')}`,
    );

    return 0;
  });
}
