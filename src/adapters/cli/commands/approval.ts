import type { ExitCode } from '../exit-codes.ts';
import { followAndReport } from '../follow/follow-and-report.ts';
import { type FollowFlags, timeoutOf } from '../follow/follow-options.ts';
import { type Invocation, withSession } from '../invocation.ts';
import { actorOf } from './actor.ts';
import { accepted } from './answer.ts';
import { jsonOption } from './json-option.ts';
import { namedRun } from './named-run.ts';

export type ApprovalFlags = FollowFlags & {
  readonly as?: string;
  readonly comment?: string;
  readonly data?: string;
};

/** `workflow approve|reject <run> <task>`: answers an approval, and follows the run as `resume` does. */
export async function answerApproval(
  invocation: Invocation,
  kind: 'approve' | 'reject',
  request: { readonly run: string; readonly task: string; readonly flags: ApprovalFlags },
): Promise<ExitCode> {
  const { hint, io, output } = invocation;
  const { flags, task } = request;
  const timeout = timeoutOf(flags);
  const by = actorOf(io, flags.as);
  const { comment } = flags;
  const data = jsonOption('data', flags.data);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const { workflows } = session;
    const run = await namedRun(invocation, workflows, request.run);
    const answer = await workflows.command(
      run,
      {
        kind,
        task,
        by,
        ...(comment === undefined ? {} : { comment }),
        ...(data === undefined ? {} : { data }),
      },
      by,
    );
    const sequence = accepted(answer, hint);
    output.note(`${kind === 'approve' ? 'approved' : 'rejected'} ${task} as ${by}`);
    if (flags.detach !== true)
      return followAndReport(invocation, session, { run, from: sequence, ...timeout });
    output.document('Answer', { run, task, decision: kind, by, sequence });
    output.data(
      `${run} ${task} ${kind === 'approve' ? 'approved' : 'rejected'} by ${by} (event ${sequence})`,
    );

    return 0;
  });
}
