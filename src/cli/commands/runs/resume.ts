import { isFinal } from '../../../../machines/chart/task-status.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { oneOrMany } from '../../bulk/change-many.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { followAndReport, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { actorOf } from '../actor.ts';
import { accepted } from '../approvals/answer.ts';
import { type Change, reasonOption } from './change.ts';
import { namedRun } from './named-run.ts';
import type { RetryFlags } from './retry.ts';

/** `workflow resume <run>`: goes on with a run whose engine is gone or that is paused, and follows it. */
export async function resume(
  invocation: Invocation,
  name: string | undefined,
  flags: RetryFlags,
): Promise<ExitCode> {
  const change: Change = {
    verb: 'resume',
    done: 'resumed',
    command: () => Promise.resolve({ kind: 'resumeRun', ...reasonOption(flags) }),
  };

  return oneOrMany(invocation, name, { change, flags, one: (run) => resumeOne(invocation, run, flags) });
}

async function resumeOne(invocation: Invocation, name: string, flags: RetryFlags): Promise<ExitCode> {
  const { hint, io, output } = invocation;
  const timeout = timeoutOf(flags);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const { workflows } = session;
    const run = await namedRun(invocation, workflows, name);
    const view = await workflows.view(run);
    const { status, endedAt } = view.state;
    if (isFinal(status)) {
      const message = `run ${run} ended ${status} at ${endedAt ?? ''} and cannot be resumed`;
      const helps = status === 'COMPLETED' ? 'show' : 'retry';
      throw new CliFailure('run.closed', message, hint(helps, shortId(run)));
    }
    let from = view.sequence;
    if (status === 'PAUSED') {
      const command = { kind: 'resumeRun', ...reasonOption(flags) } as const;
      from = accepted(await workflows.command(run, command, actorOf(io, flags.as)), hint);
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
