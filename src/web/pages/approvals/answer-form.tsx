import { useState } from 'react';
import type { AskedCommand, Recorded } from '../../../api/commands.ts';
import type { ApprovalPage } from '../../../api/people.ts';
import { postJson } from '../../api/client.ts';
import type { JsonRecord } from '../../api/json.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { SchemaForm } from '../../parts/schema-form.tsx';
import { defaultValues, fieldErrors } from '../../parts/schema-values.ts';
import { DelegateButton } from './delegate-button.tsx';

export type AnswerFormProps = { readonly page: ApprovalPage; readonly onDone: () => void };

/** What the answer is to hold, and the answers there are. Saying no needs a word of why. */
export function AnswerForm({ page, onDone }: AnswerFormProps) {
  const { fields, task } = page;
  const [data, setData] = useState<JsonRecord>(() => defaultValues(fields));
  const [comment, setComment] = useState('');
  const errors = fieldErrors(fields, data);
  const note = comment.trim() === '' ? {} : { comment: comment.trim() };
  const held = fields.length === 0 ? {} : { data: data as never };
  const ask = (command: AskedCommand): Promise<Recorded> => postJson(['runs', page.run, 'commands'], command);
  const isIncomplete = Object.keys(errors).length > 0;
  const mayNot = page.mayAnswer ? undefined : `Only ${page.approvers} may answer this.`;

  return (
    <section className="form" aria-label="Your answer">
      {fields.length > 0 && <SchemaForm fields={fields} value={data} onChange={setData} errors={errors} />}
      <label className="field">
        <strong>Comment</strong>
        <textarea value={comment} maxLength={2_000} onChange={(event) => setComment(event.target.value)} />
        <span className="field-help">Needed to reject. It is written into the journal with your name.</span>
      </label>
      <div className="form-end">
        <ActionButton
          label="Approve"
          tone="primary"
          unavailable={mayNot ?? (isIncomplete ? 'The form is not complete yet.' : undefined)}
          run={() => ask({ kind: 'approve', task, ...note, ...held })}
          onDone={onDone}
        />
        <ActionButton
          label="Reject"
          tone="danger"
          unavailable={mayNot ?? (comment.trim() === '' ? 'Say why in the comment first.' : undefined)}
          run={() => ask({ kind: 'reject', task, ...note })}
          onDone={onDone}
        />
        <DelegateButton page={page} ask={ask} onDone={onDone} unavailable={mayNot} />
      </div>
      {mayNot !== undefined && <p className="soft">{mayNot}</p>}
    </section>
  );
}
