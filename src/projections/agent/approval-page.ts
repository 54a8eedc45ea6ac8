import type { Json } from '../../../events/canonical-json.ts';
import { approversText } from '../../../machines/agents/authority.ts';
import { compileChart } from '../../../machines/chart/chart.ts';
import { localId, taskAt } from '../../../machines/chart/task-at.ts';
import { isCompleted, statusOf } from '../../../machines/chart/task-status.ts';
import { formFields } from '../../../machines/language/check-input.ts';
import { isMapping } from '../../../machines/language/mapping.ts';
import type { AskedApproval } from '../../../machines/run/decide/asked-approval.ts';
import { BlobNeeded } from '../../../machines/run/record/claim-check.ts';
import { renderInput } from '../../../machines/run/render.ts';
import { emptyAside } from '../../../machines/run/run.ts';
import type { ApprovalPage } from '../../api/people.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { formFieldsOf } from '../definition/form-field.ts';
import { shownInput } from '../run/run-document.ts';
import { placesOf } from '../task/task-order.ts';

type Evidence = Readonly<Record<string, Json>>;

/** What the approval and its run do not tell. */
export type ApprovalViewer = { readonly shortId: string; readonly mayAnswer: boolean };

/** An approval with everything that helps to decide it. */
export function approvalPage(
  { run, definition, address, task, state, asked, dueAt, escalatesAt }: AskedApproval,
  view: RunView,
  { shortId, mayAnswer }: ApprovalViewer,
): ApprovalPage {
  const { grants = [], delegations = [], changes = [], escalatedAt, scheduledAt, answer, output } = state;
  const { refusedAnswers = [] } = view.state;

  return {
    run,
    shortId,
    definition: { id: definition.id, version: definition.version },
    task: address,
    name: task.name,
    description: task.description,
    status: statusOf(state.state),
    subject: state.names?.show,
    since: scheduledAt,
    dueAt,
    escalatedAt,
    ...urgency({ task, state, escalatesAt }),
    approvers: approversText(asked),
    quorum: task.quorum,
    given: grants.length,
    grants: grants.map(({ by, inPlaceOf, at, comment, data }) => ({ by, inPlaceOf, at, comment, data })),
    delegations: delegations.map(({ by, to, at, reason }) => ({ by, to, at, reason })),
    changes: changes.map(({ by, inPlaceOf, at, comment }) => ({ by, inPlaceOf, at, comment })),
    changesLeft: Math.max(0, (task.onChange?.max ?? 0) - changes.length),
    onTimeout: task.timeoutMs === undefined ? undefined : task.onTimeout,
    fields: [...formFieldsOf(formFields(task.form ?? {}) ?? {})],
    evidence: evidenceOf(view, address),
    refused: refusedAnswers
      .filter((each) => each.task === address)
      .map(({ by, decision, code, message, at }) => ({ by, decision, code, message, at })),
    answer,
    output,
    mayAnswer,
  };
}

/** What happens while nobody answers. */
function urgency({
  task: { escalate },
  state: { escalation, reminders },
  escalatesAt,
}: Pick<AskedApproval, 'task' | 'state'> & { readonly escalatesAt: string | undefined }) {
  return {
    escalation:
      escalate === undefined
        ? undefined
        : { stage: escalation?.stage ?? 0, of: escalate.length, nextAt: escalatesAt },
    reminders: reminders?.count ?? 0,
  };
}

/** The input of the task; of one without, what the tasks before it brought forth, or else the input of the run. */
function evidenceOf(view: RunView, address: string): Evidence {
  const task = placesOf(view.definition).get(localId(address))?.task;
  const own = task?.input === undefined ? undefined : inputOf(view, address);
  if (own !== undefined) return own;
  const prefix = address.slice(0, address.length - localId(address).length);
  const before = (task?.dependsOn ?? []).flatMap((id): readonly (readonly [string, Json])[] => {
    const state = taskAt(view.state, `${prefix}${id}`);
    return state === undefined || !isCompleted(state) || state.output === undefined
      ? []
      : [[id, state.output]];
  });

  return before.length > 0 ? Object.fromEntries(before) : shownInput(view);
}

/** Undefined where the journal alone does not tell: it may read secrets, or values that are kept elsewhere. */
function inputOf({ definition, state, sequence }: RunView, address: string): Evidence | undefined {
  const chart = compileChart(definition, state.definition);
  try {
    const rendered = renderInput({ chart, state, sequence, hash: '', time: '', aside: emptyAside }, address);
    if (!rendered.ok) return undefined;

    return isMapping(rendered.value) ? rendered.value : { input: rendered.value };
  } catch (error) {
    if (error instanceof BlobNeeded) return undefined;
    throw error;
  }
}
