import type { Session } from '../app.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { followRun } from './follow-run.ts';
import { reportRun } from './report-run.ts';

/** Follows a run as `start`, `resume`, `approve` and `reject` do. `from` is the first event to show. */
export async function followAndReport(
  invocation: Invocation,
  session: Session,
  options: {
    readonly run: string;
    readonly from: number;
    readonly timeoutMs?: number;
    readonly onScreen?: boolean;
  },
): Promise<ExitCode> {
  const { io, output } = invocation;
  const { workflows } = session;
  const owner = await workflows.adopt(options.run);
  const followed = await followRun({ workflows, io, output, ...options });
  const code = await reportRun(invocation, {
    run: options.run,
    followed,
    goesOn: owner === 'owned elsewhere',
  });
  const answer = followed.kind === 'ended' ? followed.view.state.failureRun?.run : undefined;
  if (answer !== undefined) await followAnswer(invocation, session, { ...options, run: answer });

  return code;
}

/** The workflow that answers a failure would be cut off with this process: it is followed to its end, too. */
async function followAnswer(
  { io, output }: Invocation,
  { workflows }: Session,
  options: { readonly run: string; readonly timeoutMs?: number },
): Promise<void> {
  io.stderr(`its failure workflow is run ${options.run}\n`);
  await workflows.adopt(options.run);
  await followRun({ workflows, io, output, ...options, from: 1 });
}
