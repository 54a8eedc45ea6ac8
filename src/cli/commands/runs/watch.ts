import { showPlainly } from '../../../terminal/dashboard/plain.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { followRun } from '../../follow/follow-run.ts';
import { type FollowFlags, reportRun, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, refuseUnlessRuns, withOpened, withRunsThere } from '../../invocation.ts';
import { namedRun } from './named-run.ts';

export type WatchFlags = Pick<FollowFlags, 'timeout'> & { readonly screen?: boolean };

/** `workflow watch [run]`: what a run does, until it ends; without a run, what all do. Carries nothing out. */
export async function watch(
  invocation: Invocation,
  name: string | undefined,
  flags: WatchFlags,
): Promise<ExitCode> {
  if (name === undefined) return watchAll(invocation);
  const { io, output } = invocation;
  const timeout = timeoutOf(flags);

  return withRunsThere<ExitCode>(invocation, async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, name);
    const onScreen = flags.screen === true;
    const followed = await followRun({
      workflows,
      run,
      from: 0,
      onScreen,
      untilEnd: true,
      io,
      output,
      ...timeout,
    });

    return reportRun(invocation, { run, followed, goesOn: true, isWatched: true });
  });
}

async function watchAll(invocation: Invocation): Promise<ExitCode> {
  const { app, projectDir } = invocation;
  await refuseUnlessRuns(invocation);

  return withOpened(
    invocation,
    (say) => app.watch(projectDir(), say),
    async (watching) => {
      await watching.board.ready;

      return showPlainly(invocation, watching);
    },
  );
}
