import { Link } from 'wouter';
import type { FailureGroup } from '../../api/insights.ts';
import { StatusBadge } from '../parts/status-badge.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { useSession } from '../session/session.ts';
import { TriageActions, TriageNotes } from './failure-triage.tsx';

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
          <TriageActions group={group} />
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
        <TriageNotes group={group} />
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
