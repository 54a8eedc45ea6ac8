import type { RunCommand } from '../../../ports/runs/workflows.ts';
import type { CliSession } from '../../app.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type FollowFlags, followAndReport, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, withSession } from '../../invocation.ts';
import { actorOf } from '../actor.ts';
import { accepted } from '../approvals/answer.ts';
import { namedRun } from './named-run.ts';

export type GoingOnFlags = FollowFlags & { readonly as?: string };

type GoingOn = {
  readonly flags: GoingOnFlags;
  readonly command: (run: string, session: CliSession) => Promise<RunCommand>;
  /** The past tense for messages, such as `retried`. */
  readonly done: string;
};

/** Changes a run so that it goes on, and follows it as `resume` does. */
export async function goOn(
  invocation: Invocation,
  name: string,
  { flags, command, done }: GoingOn,
): Promise<ExitCode> {
  const { io, output, hint } = invocation;
  const timeout = timeoutOf(flags);
  const by = actorOf(io, flags.as);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const { workflows } = session;
    const run = await namedRun(invocation, workflows, name);
    const asked = await command(run, session);
    const sequence = accepted(await workflows.command(run, asked, by), hint);
    output.note(`${done} as ${by}`);
    if (flags.detach !== true) {
      return followAndReport(invocation, session, { run, from: sequence, ...timeout });
    }
    const owner = await workflows.adopt(run);
    output.document('Answer', { run, command: asked.kind, sequence, owner });
    output.data(`${run} ${done} (event ${sequence})`);
    if (owner === 'adopted') output.note(`an engine has to run for it to go on: ${hint('serve')}`);

    return 0;
  });
}
