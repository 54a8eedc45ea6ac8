import type { AskedApproval } from '../../../../machines/run/asked-approval.ts';
import type { Workflows } from '../../../ports/workflows.ts';
import { CliFailure } from '../cli-failure.ts';
import { type Invocation, quoted } from '../invocation.ts';
import { shortId } from '../render/short-id.ts';

/** The one approval that a run asks for, where nobody said which. Throws CliFailure where there is none, or several. */
export async function onlyApproval(
  { hint }: Invocation,
  workflows: Workflows,
  run: string,
): Promise<AskedApproval> {
  const asked = await workflows.approvals({ run });
  const [first, ...others] = asked;
  if (first === undefined)
    throw new CliFailure(
      'approval.none',
      `run ${run} asks for no approval now`,
      hint('status', shortId(run)),
    );
  if (others.length === 0) return first;
  const tasks = asked.map(({ address }) => address).join(', ');

  throw new CliFailure(
    'usage.task',
    `run ${run} asks for ${asked.length} approvals, so say which: ${tasks}`,
    hint('approvals', 'show', shortId(run), quoted(first.address)),
  );
}
