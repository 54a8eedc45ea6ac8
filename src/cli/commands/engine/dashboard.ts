import { showDashboard } from '../../../terminal/dashboard/dashboard.ts';
import { showPlainly } from '../../../terminal/dashboard/plain.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withOpened } from '../../invocation.ts';
import { actorOf } from '../actor.ts';

export type DashboardFlags = {
  readonly readOnly?: boolean;
  readonly plain?: boolean;
  readonly as?: string;
};

/** `workflow dashboard`: all runs, live, in the terminal, until the person leaves. The runs go on. */
export async function dashboard(invocation: Invocation, flags: DashboardFlags): Promise<ExitCode> {
  const { app, io, output, options, projectDir, hint } = invocation;
  if (output.json)
    throw new CliFailure(
      'usage.flags',
      'the dashboard is for people; --json has nothing to show',
      hint('list'),
    );
  let tell = (text: string): void => output.note(output.notePaint.dim(text));
  const open = () => app.watch(projectDir(), (text) => tell(text));

  return withOpened(invocation, open, async (watching) => {
    await watching.board.ready;
    const { keys } = io;
    if (keys === undefined || !io.stdoutIsTty || flags.plain === true)
      return showPlainly(invocation, watching);
    const run = await showDashboard({
      io,
      keys,
      output,
      watching,
      time: options.time ?? 'relative',
      state: { view: 'runs', filter: '', scroll: 0, readOnly: flags.readOnly === true },
      actor: actorOf(io, flags.as),
      onTold: (listener) => {
        tell = listener;
      },
    });
    tell = (text) => output.note(text);
    output.note(run === undefined ? 'the runs go on' : `the runs go on; ${hint('status', shortId(run))}`);

    return 0;
  });
}
