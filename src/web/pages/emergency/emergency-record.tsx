import { useState } from 'react';
import { Link } from 'wouter';
import type { EmergencyReport } from '../../../api/commands.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { useSession } from '../../session/session.ts';
import { type EmergencyAction, recordText } from './emergency-words.ts';

export type EmergencyRecordProps = {
  readonly asked: { readonly reason: string };
  readonly action: EmergencyAction;
  readonly report: EmergencyReport;
  readonly onAgain: () => void;
};

/** What was done, run by run: to be printed, copied, or gone on from. */
export function EmergencyRecord({ asked, action, report, onAgain }: EmergencyRecordProps) {
  const { actor } = useSession();
  const [at] = useState(() => new Date().toISOString());
  const text = recordText({ ...report, action, reason: asked.reason, by: actor, at });

  return (
    <Panel
      title="Record of the stop"
      actions={
        <>
          <CopyButton text={text} label="Copy the record" />
          <button type="button" className="quiet" onClick={() => window.print()}>
            Print
          </button>
          <button type="button" className="quiet" onClick={onAgain}>
            Another stop
          </button>
        </>
      }
    >
      <div className="form" role="status">
        <p>
          <strong>
            {report.changed} of {report.total} {wordOf(action, report.total)} changed
            {report.refused > 0 ? `, ${report.refused} refused` : ''}
          </strong>
        </p>
        <pre className="emergency-record">{text}</pre>
        <Refused report={report} />
      </div>
    </Panel>
  );
}

function Refused({ report }: Pick<EmergencyRecordProps, 'report'>) {
  const refused = report.items.filter(({ ok }) => !ok);
  if (refused.length === 0) return null;

  return (
    <ul>
      {refused.map(({ run, shortId, refusal }) => (
        <li key={run}>
          <Link href={`/runs/${run}`} className="mono">
            {shortId}
          </Link>{' '}
          <StatusBadge status="REJECTED" word="refused" /> {refusal?.message} <code>{refusal?.code}</code>
        </li>
      ))}
    </ul>
  );
}

function wordOf(action: EmergencyAction, count: number): string {
  const word = action === 'stop-starts' ? 'trigger' : 'run';

  return count === 1 ? word : `${word}s`;
}
