import { enabledEvents } from '../../../projections/task/enabled-events.ts';
import { nextLines } from '../../../terminal/render/next-lines.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { headline } from '../../follow/frame.ts';
import { type Invocation, withRunsThere } from '../../invocation.ts';
import { namedRun } from './named-run.ts';

/** `workflow next <run>`: what can happen to a run next, and who may have it happen. */
export async function next(invocation: Invocation, name: string): Promise<ExitCode> {
  const { io, output } = invocation;

  return withRunsThere<ExitCode>(invocation, async ({ workflows }) => {
    const view = await workflows.view(await namedRun(invocation, workflows, name));
    const enabled = enabledEvents(view);
    const { run, sequence, state } = view;
    output.document('NextEvents', { run, sequence, status: state.status, ...enabled });
    output.data(headline(view, output.paint, io.clock.now()));
    output.data(nextLines(invocation, { next: enabled, tense: 'is' }).join('\n'));

    return 0;
  });
}
