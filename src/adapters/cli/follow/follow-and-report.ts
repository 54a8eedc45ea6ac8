import type { Session } from '../app.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { followRun } from './follow-run.ts';
import { reportRun } from './report-run.ts';

/** Follows a run as `start`, `resume`, `approve` and `reject` do. `from` is the first event to show. */
export async function followAndReport(
  invocation: Invocation,
  session: Session,
  options: { readonly run: string; readonly from: number; readonly timeoutMs?: number },
): Promise<ExitCode> {
  const { io, output } = invocation;
  const { workflows } = session;
  const owner = await workflows.adopt(options.run);
  const followed = await followRun({ workflows, io, output, ...options });

  return reportRun(invocation, { run: options.run, followed, goesOn: owner === 'owned elsewhere' });
}
