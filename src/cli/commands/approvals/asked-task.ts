import { type AskedApproval, approvalAt } from '../../../../machines/run/decide/asked-approval.ts';
import type { RunView, Workflows } from '../../../ports/runs/workflows.ts';
import { placesOf, shownTasks } from '../../../projections/task/task-order.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { CliFailure } from '../../cli-failure.ts';
import { type Invocation, quoted } from '../../invocation.ts';

/**
 * The approval to answer if no task was named: the pending one, else the latest one, so that the run reports a late
 * answer. Throws CliFailure if there is none, or several.
 */
export async function onlyApproval(
  { hint }: Invocation,
  workflows: Workflows,
  run: string,
): Promise<AskedApproval> {
  const asked = await workflows.approvals({ run });
  const [first, ...others] = asked;
  const meant = first ?? lastAsked(await workflows.view(run));
  if (meant === undefined)
    throw new CliFailure(
      'approval.none',
      `run ${run} asks for no approval now`,
      hint('status', shortId(run)),
    );
  if (others.length === 0) return meant;
  const tasks = asked.map(({ address }) => address).join(', ');

  throw new CliFailure(
    'usage.task',
    `run ${run} asks for ${asked.length} approvals, so say which: ${tasks}`,
    hint('approvals', 'show', shortId(run), quoted(meant.address)),
  );
}

/** The approval at an address, pending or not; undefined if there is none. */
export function approvalIn(view: RunView, address: string): AskedApproval | undefined {
  return approvalAt({ ...view, plan: placesOf(view.definition) }, address);
}

/** Undefined if there was none, or several at the same time. */
function lastAsked(view: RunView): AskedApproval | undefined {
  const asked = shownTasks(view).flatMap(({ address, state: { scheduledAt } }) => {
    const approval = approvalIn(view, address);
    return approval === undefined || scheduledAt === undefined ? [] : [{ approval, scheduledAt }];
  });
  const latest = asked
    .map(({ scheduledAt }) => scheduledAt)
    .sort()
    .at(-1);
  const [last, ...others] = asked.filter(({ scheduledAt }) => scheduledAt === latest);

  return others.length === 0 ? last?.approval : undefined;
}
