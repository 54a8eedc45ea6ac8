import { within } from '../../../lib/deadline.ts';
import { showPlainly } from '../../../terminal/dashboard/plain.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { followRun } from '../../follow/follow-run.ts';
import { type FollowFlags, reportRun, timeoutOf } from '../../follow/report-run.ts';
import { type Invocation, refuseUnlessRuns, withRunsThere } from '../../invocation.ts';
import { namedRun } from './named-run.ts';

export type WatchFlags = Pick<FollowFlags, 'timeout'> & { readonly screen?: boolean };

const closeMsMax = 2_000;

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
  const { app, io, output, projectDir } = invocation;
  await refuseUnlessRuns(invocation);
  const watching = await app.watch(projectDir(), (text) => output.note(output.notePaint.dim(text)));
  try {
    await watching.board.ready;

    return await showPlainly(invocation, watching);
  } finally {
    await within(io.clock, closeMsMax, watching.close());
  }
}
