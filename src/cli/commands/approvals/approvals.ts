import { formFields } from '../../../../machines/language/check-input.ts';
import type { AskedApproval } from '../../../../machines/run/decide/asked-approval.ts';
import type { RunView, Workflows } from '../../../ports/runs/workflows.ts';
import { approvalDocument } from '../../../projections/agent/approval-page.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, quoted, withSession } from '../../invocation.ts';
import { approvalTable, approvalText } from '../../text/approval-text.ts';
import { actorOf } from '../actor.ts';
import { namedRun } from '../runs/named-run.ts';
import { approvalIn, onlyApproval } from './asked-task.ts';

export type ApprovalsFlags = { readonly mine?: boolean; readonly as?: string; readonly all?: boolean };

const shownMax = 50;

/** `workflow approvals list`: the pending approvals of all runs. */
export async function listApprovals(invocation: Invocation, flags: ApprovalsFlags): Promise<ExitCode> {
  const { output, hint, io } = invocation;
  const whose = flags.mine === true || flags.as !== undefined ? actorOf(io, flags.as) : undefined;

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const asked = await workflows.approvals(whose === undefined ? {} : { answerableBy: whose });
    const shown = flags.all === true ? asked : asked.slice(0, shownMax);
    output.document('ApprovalList', {
      total: asked.length,
      items: shown.map((each) => approvalDocument(each)),
    });
    if (shown.length > 0) output.data(approvalTable(invocation, shown));
    const [first] = shown;
    if (first === undefined)
      output.note(whose === undefined ? 'no approval is asked for' : `no approval is asked of ${whose}`);
    else
      output.note(`look at one with ${hint('approvals', 'show', shortId(first.run), quoted(first.address))}`);
    if (asked.length > shown.length) output.note(`${asked.length - shown.length} more; --all shows them`);

    return 0;
  });
}

/** `workflow approvals show <run> [task]`: everything needed to decide. */
export async function showApproval(
  invocation: Invocation,
  name: string,
  task: string | undefined,
): Promise<ExitCode> {
  const { output, hint } = invocation;

  return withSession<ExitCode>(invocation, 'none', async ({ workflows }) => {
    const run = await namedRun(invocation, workflows, name);
    const address = task ?? (await onlyApproval(invocation, workflows, run)).address;
    const { view, approval } = await seen(invocation, workflows, { run, address });
    output.document('Approval', approvalDocument(approval, view));
    output.data(approvalText(invocation, approval, view));
    if (approval.state.state !== 'pending_approval') return 0;
    const at = [shortId(run), quoted(address)];
    output.note(`  ${hint('approvals', 'approve', ...at, ...requiredFields(approval))}`);
    output.note(`  ${hint('approvals', 'reject', ...at)}`);

    return 0;
  });
}

/** The form of an approval, to be filled in. */
function requiredFields({ task: { form } }: AskedApproval): readonly string[] {
  const fields = Object.entries(form === undefined ? {} : (formFields(form) ?? {}));

  return fields.flatMap(([name, { required }]) => (required ? ['--field', `${quoted(name)}=<...>`] : []));
}

async function seen(
  { hint }: Invocation,
  workflows: Workflows,
  { run, address }: { readonly run: string; readonly address: string },
): Promise<{ readonly view: RunView; readonly approval: AskedApproval }> {
  const view = await workflows.view(run);
  const approval = approvalIn(view, address);
  if (approval !== undefined) return { view, approval };

  throw new CliFailure(
    'task.unknown',
    `the run has no task "${address}" that asks for an approval`,
    hint('status', shortId(run)),
  );
}
