import { useState } from 'react';
import { Link } from 'wouter';
import type { AskedCommand } from '../../../api/commands.ts';
import type { ApprovalPage } from '../../../api/people.ts';
import { postJson } from '../../api/client.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { defaultValues } from '../../parts/schema-values.ts';
import { approvalPath } from './approval-order.ts';
import { type Answered, answerEach } from './approve-many.ts';

export type ManyBarProps = {
  readonly chosen: readonly ApprovalPage[];
  readonly onClear: () => void;
  readonly onDone: () => void;
};

/** Approves those that were chosen, and says of each that was refused why. */
export function ManyBar({ chosen: ticked, onClear, onDone }: ManyBarProps) {
  const [refused, setRefused] = useState<readonly Answered[]>([]);
  // Each answer takes one out of those that wait: while answers are given it stays the same bar.
  const [asked, setAsked] = useState<readonly ApprovalPage[] | undefined>();
  const chosen = asked ?? ticked;
  const [first] = chosen;
  const what = chosen.length === 1 ? 'approval' : 'approvals';
  const run = async (comment: string | undefined): Promise<void> => {
    setAsked(chosen);
    const answered = await answerEach(chosen, (approval) => approve(approval, comment));
    setRefused(answered.filter(({ error }) => error !== undefined));
    setAsked(undefined);
    onClear();
    onDone();
  };
  if (first === undefined && refused.length === 0) return null;

  return (
    <section className="many-bar" aria-label="The chosen approvals">
      {first !== undefined && (
        <>
          <strong>{chosen.length} chosen</strong>
          <ActionButton
            label={`Approve ${chosen.length} ...`}
            title={`Approve ${chosen.length} ${what}`}
            confirm={`Approve ${chosen.length}`}
            reason="optional"
            run={run}
          >
            <p>
              Each run is answered by itself: {first.name ?? first.task} of {first.definition.id}. What was
              asked of it is taken as read.
            </p>
          </ActionButton>
          <button type="button" className="quiet" onClick={onClear}>
            Clear
          </button>
        </>
      )}
      {refused.length > 0 && <Refused refused={refused} />}
    </section>
  );
}

function Refused({ refused }: { readonly refused: readonly Answered[] }) {
  return (
    <ul className="problem" role="alert">
      {refused.map(({ approval, error }) => (
        <li key={approvalPath(approval)}>
          <Link href={approvalPath(approval)} className="mono">
            {approval.shortId}
          </Link>{' '}
          was not approved: {error instanceof Error ? error.message : String(error)}
        </li>
      ))}
    </ul>
  );
}

function approve({ run, task, fields }: ApprovalPage, comment: string | undefined): Promise<unknown> {
  const command: AskedCommand = {
    kind: 'approve',
    task,
    ...(comment === undefined ? {} : { comment }),
    ...(fields.length === 0 ? {} : { data: defaultValues(fields) as never }),
  };

  return postJson(['runs', run, 'commands'], command);
}
