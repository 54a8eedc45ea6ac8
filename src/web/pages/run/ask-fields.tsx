import { useEffect } from 'react';
import type { JsonRecord } from '../../api/json.ts';
import { JsonField } from '../../parts/json-field.tsx';
import { AgainList, RerunFields } from './again-fields.tsx';
import { AnswerFields } from './answer-fields.tsx';
import { type AskFieldsProps, InputEdit } from './input-edit.tsx';

/** What an action needs to be told besides a reason. */
export function AskFields(props: AskFieldsProps) {
  switch (props.action.kind) {
    case 'retryRun':
    case 'rerun':
      return <RerunFields {...props} />;
    case 'fork':
      return <ForkFields {...props} />;
    case 'approve':
    case 'reject':
      return <AnswerFields {...props} />;
    case 'delegateApproval':
      return <ToField {...props} />;
    case 'resolveTask':
    case 'signal':
      return <DataField {...props} />;
    default:
      return null;
  }
}

function ForkFields({ page, asked, onChange }: AskFieldsProps) {
  return (
    <>
      <p>
        The new run begins after event {page.sequence}
        {page.isPast ? '' : ', the last one'}.
      </p>
      <AgainList kind="fork" page={page} />
      <InputEdit page={page} asked={asked} onChange={onChange} />
    </>
  );
}

function DataField({ action, asked, onChange }: AskFieldsProps) {
  // What is never touched is sent as what is shown: nothing.
  useEffect(() => {
    if (action.kind === 'resolveTask' && asked.data === undefined) onChange({ ...asked, data: {} });
  }, [action.kind, asked, onChange]);

  return (
    <JsonField value={(asked.data ?? {}) as JsonRecord} onChange={(data) => onChange({ ...asked, data })} />
  );
}

function ToField({ asked, onChange }: AskFieldsProps) {
  return (
    <label className="field">
      <strong>Who is to answer</strong>
      <input
        required
        value={asked.to ?? ''}
        onChange={(event) => onChange({ ...asked, to: event.target.value })}
      />
    </label>
  );
}
