import { Link } from 'wouter';
import type { ApprovalPage } from '../../../api/people.ts';
import { useApi } from '../../api/use-api.ts';
import { DataTree } from '../../parts/data-tree.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { AnswerForm } from './answer-form.tsx';

export type ApprovalDetailProps = { readonly run: string; readonly task: string };

/** One approval: what is asked and why, what it is to be judged by, who may answer, and the answer. */
export function ApprovalDetail({ run, task }: ApprovalDetailProps) {
  const asked = useApi<ApprovalPage>(['approvals', run, task]);
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
  const { description, definition, shortId, since, approvers, quorum, given } = page;

  return (
    <>
      {description !== undefined && <p>{description}</p>}
      <dl className="facts">
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

function Deadline({ page: { dueAt, onTimeout, escalatedAt } }: { readonly page: ApprovalPage }) {
  return (
    <>
      {dueAt === undefined ? 'no deadline' : <TimeText iso={dueAt} />}
      {onTimeout !== undefined && `, then: ${onTimeout}`}
      {escalatedAt !== undefined && (
        <>
          , escalated <TimeText iso={escalatedAt} />
        </>
      )}
    </>
  );
}

function Evidence({ page }: { readonly page: ApprovalPage }) {
  if (Object.keys(page.evidence).length === 0)
    return <p className="soft">Nothing was handed over to judge it by.</p>;

  return (
    <div>
      <h3>To be judged by</h3>
      <p className="soft">Machine-written: values as the tasks of the run left them.</p>
      <DataTree value={page.evidence} label="Evidence" openDepth={3} />
    </div>
  );
}

function Answers({ page: { grants, delegations, refused } }: { readonly page: ApprovalPage }) {
  const lines = [
    ...grants.map(({ by, at, comment }) => ({
      by,
      at,
      text: `approved${comment === undefined ? '' : `: ${comment}`}`,
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
