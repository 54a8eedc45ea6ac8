import { Fragment, useState } from 'react';
import { Link } from 'wouter';
import type { AskedCommand, Recorded } from '../../../api/commands.ts';
import type { ApprovalPage } from '../../../api/people.ts';
import { answererText, valueText } from '../../../lib/text.ts';
import { postJson, useApi } from '../../api/client.ts';
import type { JsonRecord } from '../../api/json.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { DataTree } from '../../parts/json/data-tree.tsx';
import { SchemaForm } from '../../parts/json/schema-form.tsx';
import { defaultValues, fieldErrors } from '../../parts/json/schema-values.ts';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';

export type ApprovalDetailProps = { readonly run: string; readonly task: string };

/** One approval: what is asked and why, what it is to be judged by, who may answer, and the answer. */
export function ApprovalDetail({ run, task }: ApprovalDetailProps) {
  const asked = useApi(['approvals', run, task]);
  const page = asked.data;

  return (
    <Panel
      title={page?.name ?? task}
      actions={<Link href={`/runs/${run}?task=${encodeURIComponent(task)}`}>Open the run</Link>}
      isLoading={asked.isPending}
      error={page === undefined ? asked.error : undefined}
      onRetry={() => void asked.refetch()}
    >
      {page !== undefined && (
        <div className="approval-detail">
          <Asked page={page} />
          <Evidence page={page} />
          <Answers page={page} />
          {page.status === 'PENDING_APPROVAL' && (
            <AnswerForm page={page} onDone={() => void asked.refetch()} />
          )}
        </div>
      )}
    </Panel>
  );
}

function Asked({ page }: { readonly page: ApprovalPage }) {
  const { description, definition, shortId, since, approvers, quorum, given, subject = {} } = page;

  return (
    <>
      {description !== undefined && <p>{description}</p>}
      <dl className="facts">
        {Object.entries(subject).map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{valueText(value)}</dd>
          </Fragment>
        ))}
        <dt>Status</dt>
        <dd>
          <StatusBadge status={page.status} />
        </dd>
        <dt>Asked by</dt>
        <dd>
          task <code>{page.task}</code> of {definition.id}@{definition.version}, run{' '}
          <span className="mono">{shortId}</span>
        </dd>
        <dt>Since</dt>
        <dd>
          <TimeText iso={since} />
        </dd>
        <dt>Due</dt>
        <dd>
          <Deadline page={page} />
        </dd>
        <dt>Who may answer</dt>
        <dd>{approvers}</dd>
        <dt>Approvals</dt>
        <dd>
          {given} of {quorum}
        </dd>
      </dl>
    </>
  );
}

function Deadline({
  page: { dueAt, onTimeout, escalatedAt, escalation, reminders },
}: {
  readonly page: ApprovalPage;
}) {
  return (
    <>
      {dueAt === undefined ? 'no deadline' : <TimeText iso={dueAt} />}
      {onTimeout !== undefined && `, then: ${onTimeout}`}
      {escalatedAt !== undefined && (
        <>
          , escalated <TimeText iso={escalatedAt} />
          {escalation !== undefined && ` (stage ${escalation.stage} of ${escalation.of})`}
        </>
      )}
      {escalation?.nextAt !== undefined && (
        <>
          , next stage <TimeText iso={escalation.nextAt} />
        </>
      )}
      {reminders > 0 && `, reminded ${reminders} times`}
    </>
  );
}

function Evidence({ page }: { readonly page: ApprovalPage }) {
  if (Object.keys(page.evidence).length === 0) return <p className="soft">No evidence was attached.</p>;

  return (
    <div>
      <h3>What to judge</h3>
      <p className="soft">Written by the tasks of this run, not by a person.</p>
      <DataTree value={page.evidence} label="Evidence" openDepth={3} />
    </div>
  );
}

function Answers({ page: { grants, changes, delegations, refused } }: { readonly page: ApprovalPage }) {
  const lines = [
    ...grants.map(({ at, comment, ...who }) => ({
      by: answererText(who),
      at,
      text: `approved${comment === undefined ? '' : `: ${comment}`}`,
    })),
    ...changes.map(({ at, comment, ...who }) => ({
      by: answererText(who),
      at,
      text: `asked for a change: ${comment}`,
    })),
    ...delegations.map(({ by, at, to }) => ({ by, at, text: `handed over to ${to}` })),
    ...refused.map(({ by, at, decision, message }) => ({
      by,
      at,
      text: `${decision} did not count: ${message}`,
    })),
  ];

  return (
    lines.length > 0 && (
      <section aria-label="Answers so far">
        <h3>Answers so far</h3>
        <ul>
          {lines.map(({ by, at, text }) => (
            <li key={`${by}${at}${text}`}>
              <strong>{by}</strong> {text} <TimeText iso={at} />
            </li>
          ))}
        </ul>
      </section>
    )
  );
}

type AnswerFormProps = { readonly page: ApprovalPage; readonly onDone: () => void };

/** What the answer is to hold, and the answers there are. Saying no needs a word of why. */
function AnswerForm({ page, onDone }: AnswerFormProps) {
  const { fields, task } = page;
  const [data, setData] = useState<JsonRecord>(() => defaultValues(fields));
  const [comment, setComment] = useState('');
  const errors = fieldErrors(fields, data);
  const note = comment.trim() === '' ? {} : { comment: comment.trim() };
  const held = fields.length === 0 ? {} : { data: data as never };
  const ask = (command: AskedCommand): Promise<Recorded> => postJson(['runs', page.run, 'commands'], command);
  const isIncomplete = Object.keys(errors).length > 0;
  const mayNot = page.mayAnswer ? undefined : `Only ${page.approvers} may answer this.`;
  const parts = { page, ask, onDone, unavailable: mayNot };

  return (
    <section className="form" aria-label="Your answer">
      {fields.length > 0 && <SchemaForm fields={fields} value={data} onChange={setData} errors={errors} />}
      <CommentField value={comment} onChange={setComment} />
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
        <ChangeButton {...parts} comment={comment.trim()} />
        <DelegateButton {...parts} />
      </div>
      {mayNot !== undefined && <p className="soft">{mayNot}</p>}
    </section>
  );
}

type CommentFieldProps = { readonly value: string; readonly onChange: (value: string) => void };

function CommentField({ value, onChange }: CommentFieldProps) {
  return (
    <label className="field">
      <strong>Comment</strong>
      <textarea value={value} maxLength={2_000} onChange={(event) => onChange(event.target.value)} />
      <span className="field-help">
        Required to reject or to ask for a change. Recorded in the journal under your name.
      </span>
    </label>
  );
}

type AnswerPartProps = {
  readonly page: ApprovalPage;
  readonly ask: (command: AskedCommand) => Promise<unknown>;
  readonly onDone: () => void;
  readonly unavailable: string | undefined;
};

/** Has done again what is asked about, as the comment says. */
function ChangeButton({
  page,
  ask,
  onDone,
  unavailable,
  comment,
}: AnswerPartProps & { readonly comment: string }) {
  const unsaid = comment === '' ? 'Say in the comment what is to be changed.' : undefined;

  return (
    page.changesLeft > 0 && (
      <ActionButton
        label="Ask for a change"
        unavailable={unavailable ?? unsaid}
        run={() => ask({ kind: 'requestChange', task: page.task, comment })}
        onDone={onDone}
      />
    )
  );
}

/** Hands the answer over to somebody else. */
function DelegateButton({ page, ask, onDone, unavailable }: AnswerPartProps) {
  const [to, setTo] = useState('');
  const run = (reason: string | undefined): Promise<unknown> =>
    ask({
      kind: 'delegateApproval',
      task: page.task,
      to: to.trim(),
      ...(reason === undefined ? {} : { reason }),
    });

  return (
    <ActionButton
      label="Delegate ..."
      title={`Hand over "${page.name ?? page.task}"`}
      reason="optional"
      confirm="Hand over"
      unavailable={unavailable}
      run={run}
      onDone={onDone}
    >
      <label className="field">
        <strong>To whom</strong>
        <input value={to} required autoComplete="off" onChange={(event) => setTo(event.target.value)} />
        <span className="field-help">A name the engine knows, such as HUMAN or a person.</span>
      </label>
    </ActionButton>
  );
}
