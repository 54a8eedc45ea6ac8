import type { Json } from '../../../../events/canonical-json.ts';
import type { Workflows } from '../../../ports/workflows.ts';
import type { ExitCode } from '../exit-codes.ts';
import { followAndReport } from '../follow/follow-and-report.ts';
import { type FollowFlags, timeoutOf } from '../follow/follow-options.ts';
import { type Invocation, withSession } from '../invocation.ts';
import { actorOf } from './actor.ts';
import { accepted } from './answer.ts';
import { readForm } from './approval-form.ts';
import { approvalIn, onlyApproval } from './asked-task.ts';
import { jsonOption } from './json-option.ts';
import { namedRun } from './named-run.ts';

export type ApprovalFlags = FollowFlags & {
  readonly as?: string;
  readonly comment?: string;
  readonly field?: readonly string[];
  readonly data?: string;
  readonly input: boolean;
};

type Verb = 'approve' | 'reject';
type Request = { readonly run: string; readonly task: string | undefined; readonly flags: ApprovalFlags };

/** `workflow approve|reject <run> [task]`: answers an approval, and follows the run as `resume` does. */
export async function answerApproval(
  invocation: Invocation,
  kind: Verb,
  request: Request,
): Promise<ExitCode> {
  const { hint, io, output } = invocation;
  const { flags } = request;
  const timeout = timeoutOf(flags);
  const by = actorOf(io, flags.as);
  const { comment } = flags;
  const given = jsonOption('data', flags.data);

  return withSession<ExitCode>(invocation, 'embedded', async (session) => {
    const { workflows } = session;
    const run = await namedRun(invocation, workflows, request.run);
    const { task, data } = await meant(invocation, workflows, { ...request, run, kind, given });
    const answer = await workflows.command(
      run,
      {
        kind,
        task,
        by,
        ...(comment === undefined ? {} : { comment }),
        ...(data === undefined ? {} : { data }),
      },
      by,
    );
    const sequence = accepted(answer, hint);
    output.note(`${kind === 'approve' ? 'approved' : 'rejected'} ${task} as ${by}`);
    if (flags.detach !== true)
      return followAndReport(invocation, session, { run, from: sequence, ...timeout });
    output.document('Answer', { run, task, decision: kind, by, sequence });
    output.data(
      `${run} ${task} ${kind === 'approve' ? 'approved' : 'rejected'} by ${by} (event ${sequence})`,
    );

    return 0;
  });
}

/** Which task is meant, and what is brought along: the form is only looked at where somebody fills it in. */
async function meant(
  invocation: Invocation,
  workflows: Workflows,
  { run, task, kind, given, flags }: Request & { readonly kind: Verb; readonly given: Json | undefined },
): Promise<{ readonly task: string; readonly data: Json | undefined }> {
  const { field: fields = [], input } = flags;
  const asks = kind === 'approve' && input && invocation.io.prompt !== undefined && !invocation.output.json;
  const address = task ?? (await onlyApproval(invocation, workflows, run)).address;
  if (fields.length === 0 && !asks) return { task: address, data: given };
  const asked = approvalIn(await workflows.view(run), address);
  // What asks nobody has no form to compare with: the run says what is wrong.
  if (asked === undefined) return { task: address, data: given };
  const mayAsk = asks && asked.state.state === 'pending_approval';

  return {
    task: address,
    data: await readForm(asked.task.form, { fields, data: given, mayAsk }, invocation.io),
  };
}
