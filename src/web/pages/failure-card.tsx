import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { FailureGroup } from '../../api/insights.ts';
import { deleteJson, postJson } from '../api/client.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { StatusBadge } from '../parts/status-badge.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { useSession } from '../session/session.ts';

const LATEST_MAX = 5;

export type FailureCardProps = {
  readonly group: FailureGroup;
  readonly onRetry: (group: FailureGroup) => void;
};

/** Runs that failed alike: how many, since when, the latest of them, and what may be done about all at once. */
export function FailureCard({ group, onRetry }: FailureCardProps) {
  const { readOnly } = useSession();
  const { definition, task, code, message, count, firstAt, lastAt, versions, workers, where, runs } = group;
  const place = task === undefined ? definition : `${definition} · ${task}`;

  return (
    <article className="panel failure" aria-label={`${place}: ${code}`}>
      <header>
        <StatusBadge status="FAILED" word={`${count} ${count === 1 ? 'run' : 'runs'}`} />
        <h2>
          <Link href={`/definitions/${encodeURIComponent(definition)}`}>{definition}</Link>
          {task !== undefined && <span> · {task}</span>}
        </h2>
        <code>{code}</code>
        <span className="end">
          <Acknowledge group={group} />
          <button type="button" disabled={readOnly} onClick={() => onRetry(group)}>
            Retry all ...
          </button>
        </span>
      </header>
      <div className="panel-body">
        <pre className="failure-message">{message}</pre>
        <p className="soft">
          First <TimeText iso={firstAt} />, last <TimeText iso={lastAt} />
          {versions.length > 0 && <>, versions {versions.join(', ')}</>}
          {workers.length > 0 && <>, on {workers.join(', ')}</>}
        </p>
        <Acknowledged group={group} />
        <p className="chips">
          {runs.slice(0, LATEST_MAX).map((run) => (
            <Link key={run} href={`/runs/${run}`} className="mono">
              {run.slice(-8)}
            </Link>
          ))}
          <Link href={`/runs?where=${encodeURIComponent(where)}`}>all {count} in the runs list</Link>
        </p>
      </div>
    </article>
  );
}

function Acknowledged({ group: { acknowledged } }: { readonly group: FailureGroup }) {
  if (acknowledged === undefined) return null;

  return (
    <p>
      Acknowledged by {acknowledged.by}, <TimeText iso={acknowledged.at} />
      {acknowledged.note === undefined ? '' : `: ${acknowledged.note}`}
    </p>
  );
}

function Acknowledge({ group: { key, acknowledged, definition } }: { readonly group: FailureGroup }) {
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: ['failures'] });
  if (acknowledged !== undefined) {
    return (
      <ActionButton
        label="Take back"
        tone="quiet"
        run={async () => {
          await deleteJson(['failures', key, 'acknowledge']);
          await again();
        }}
      />
    );
  }

  return (
    <ActionButton
      label="Acknowledge ..."
      title={`Acknowledge the failures of ${definition}`}
      confirm="Acknowledge"
      reason="optional"
      run={async (note) => {
        await postJson(['failures', key, 'acknowledge'], note === undefined ? {} : { note });
        await again();
      }}
    >
      <p>They are left out of the list until one more run fails alike. The note is shown to all.</p>
    </ActionButton>
  );
}
