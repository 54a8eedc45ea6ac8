import type { ApprovalPage } from '../../../api/people.ts';
import { approvalUseCases } from '../../../operations/approvals/use-cases.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted } from '../../invocation.ts';
import { approvalTable, approvalText } from '../../text/approval-text.ts';
import { carriedOut, listThere, withPorts } from '../../with-ports.ts';
import { actorOf } from '../actor.ts';
import { noteMore, type PageFlags, wantedPage } from '../paged-list.ts';
import { namedRun } from '../runs/named-run.ts';
import { onlyApproval } from './asked-task.ts';

export type ApprovalsFlags = PageFlags & { readonly mine?: boolean; readonly as?: string };

/** `workflow approvals list`: the pending approvals of all runs. */
export async function listApprovals(
  invocation: Invocation,
  { mine, as, ...flags }: ApprovalsFlags,
): Promise<ExitCode> {
  const { output, hint, io } = invocation;
  const isMine = mine === true || as !== undefined;

  const list = await listThere(invocation, (ports) =>
    wantedPage(flags, (wanted) => {
      const input = { ...wanted, ...(isMine ? { mine: 'true' as const } : {}) };
      return carriedOut(invocation, ports, approvalUseCases.list, { input, as });
    }),
  );
  const { items } = list;
  output.document('ApprovalList', list);
  if (items.length > 0) output.data(approvalTable(invocation, items));
  const [first] = items;
  if (first === undefined)
    output.note(isMine ? `no approval is asked of ${actorOf(io, as)}` : 'no approval is asked for');
  else output.note(`look at one with ${hint('approvals', 'show', shortId(first.run), quoted(first.task))}`);
  noteMore(invocation, list);

  return 0;
}

/** `workflow approvals show <run> [task]`: everything needed to decide. */
export async function showApproval(
  invocation: Invocation,
  name: string,
  task: string | undefined,
): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withPorts<ExitCode>(invocation, async (ports) => {
    const run = await namedRun(invocation, ports.workflows, name);
    const input = { run, task: task ?? (await onlyApproval(invocation, ports.workflows, run)).address };
    const approval = await carriedOut(invocation, ports, approvalUseCases.show, { input });
    output.document('Approval', approval);
    output.data(approvalText(invocation, approval));
    if (approval.status !== 'PENDING_APPROVAL') return 0;
    const at = [shortId(run), quoted(input.task)];
    output.note(`  ${hint('approvals', 'approve', ...at, ...requiredFields(approval))}`);
    output.note(`  ${hint('approvals', 'reject', ...at)}`);
    if (approval.changesLeft > 0)
      output.note(`  ${hint('approvals', 'change', ...at, '--comment', "'...'")}`);

    return 0;
  });
}

/** The form of an approval, to be filled in. */
function requiredFields({ fields }: ApprovalPage): readonly string[] {
  return fields.flatMap(({ name, required }) => (required ? ['--field', `${quoted(name)}=<...>`] : []));
}
