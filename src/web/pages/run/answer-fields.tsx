import { useState } from 'react';
import { Link } from 'wouter';
import type { ApprovalPage } from '../../../api/people.ts';
import type { JsonRecord } from '../../api/json.ts';
import { useApi } from '../../api/use-api.ts';
import { DataTree } from '../../parts/data-tree.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { SchemaForm } from '../../parts/schema-form.tsx';
import type { AskFieldsProps } from './input-edit.tsx';

/** What is judged, by what, and the form of the answer. */
export function AnswerFields({ action, page, asked, onChange }: AskFieldsProps) {
  const task = action.task ?? '';
  const { data, error } = useApi<ApprovalPage>(['approvals', page.run, task]);
  const [value, setValue] = useState<JsonRecord>((asked.data ?? {}) as JsonRecord);
  const change = (next: JsonRecord): void => {
    setValue(next);
    onChange({ ...asked, data: next });
  };
  if (error !== null) return <ProblemNote error={error} />;
  if (data === undefined) return <p className="soft">Loading what is asked …</p>;

  return (
    <>
      {data.description === undefined ? null : <p>{data.description}</p>}
      <p className="soft">
        Who may answer: {data.approvers}. {data.given} of {data.quorum} given.{' '}
        <Link href={`/approvals/${encodeURIComponent(page.run)}/${encodeURIComponent(task)}`}>All of it</Link>
      </p>
      <details open>
        <summary>Evidence</summary>
        <DataTree value={data.evidence} label="Evidence" openDepth={1} />
      </details>
      {data.fields.length === 0 ? null : <SchemaForm fields={data.fields} value={value} onChange={change} />}
    </>
  );
}
