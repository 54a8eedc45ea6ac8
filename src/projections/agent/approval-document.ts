import { approversText } from '../../../machines/agents/authority.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import { formFields } from '../../../machines/language/check-input.ts';
import type { AskedApproval } from '../../../machines/run/decide/asked-approval.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { shownInput } from '../run/run-document.ts';

type Document = Readonly<Record<string, unknown>>;

/** An approval as `--json` shows it; with its run, also what was refused. Adding keys is fine, changing them is not. */
export function approvalDocument(
  { run, definition, address, task, state, asked, dueAt }: AskedApproval,
  view?: RunView,
): Document {
  const { grants = [], delegations = [], escalatedAt, scheduledAt, output, answer } = state;

  return {
    run,
    definition,
    task: address,
    name: task.name,
    description: task.description,
    status: statusOf(state.state),
    since: scheduledAt,
    dueAt,
    approvers: asked,
    approversText: approversText(asked),
    quorum: task.quorum,
    given: grants.length,
    grants,
    delegations,
    escalatedAt,
    onTimeout: task.timeoutMs === undefined ? undefined : task.onTimeout,
    fields: task.form === undefined ? undefined : formFields(task.form),
    ...(view === undefined ? {} : { answer, output, ...ofRun(view, address) }),
  };
}

function ofRun(view: RunView, address: string): Document {
  const { refusedAnswers = [] } = view.state;

  return { input: shownInput(view), refused: refusedAnswers.filter(({ task }) => task === address) };
}
