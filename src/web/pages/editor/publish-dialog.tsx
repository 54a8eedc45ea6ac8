import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { PublishReport, RollbackRequest } from '../../../api/definitions.ts';
import { changesText, comparedText, underWayText, verdictText } from '../../editor/publish-words.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { useSession } from '../../session/session.ts';

const RUNS_MAX = 20;

type How = Omit<RollbackRequest, 'version'>;

export type PublishDialogProps = {
  /** What is published: by this a trial is known again. */
  readonly what: readonly (string | number)[];
  readonly publish: (how: How) => Promise<PublishReport>;
  /** What stands before the name of the new version. */
  readonly title?: string;
  readonly onClose: () => void;
  readonly onPublished: () => void;
};

/** First what would become of the latest runs, then the act itself. Differences have to be accepted in words. */
export function PublishDialog(props: PublishDialogProps) {
  const { title = 'Publish', onClose } = props;
  const [accepts, setAccepts] = useState(false);
  const [reason, setReason] = useState('');
  const trial = useTrial(props);
  const publish = usePublish(props, { acceptDifferences: accepts, reason: reason.trim() });
  const differs = trial.data?.reports.some(({ outcome }) => outcome !== 'same') === true;
  const mayPublish = trial.data !== undefined && (!differs || accepts) && !publish.isPending;
  const name =
    trial.data === undefined ? '' : ` ${trial.data.definition.id} v${trial.data.definition.version}`;
  const isDone = publish.data !== undefined && publish.data.outcome !== 'different';

  return (
    <Dialog
      title={`${title}${name}`}
      isOpen
      onClose={onClose}
      footer={
        <Footer
          isDone={isDone}
          mayPublish={mayPublish}
          isBusy={publish.isPending}
          onPublish={publish.mutate}
          onClose={onClose}
        />
      }
    >
      {trial.isPending && <p>Holding it against the latest {RUNS_MAX} runs ...</p>}
      {trial.error !== null && <ProblemNote error={trial.error} onRetry={() => void trial.refetch()} />}
      {trial.data !== undefined && !isDone && <PublishReportView report={trial.data} />}
      {differs && !isDone && <Acceptance accepts={accepts} onAccept={setAccepts} />}
      {trial.data !== undefined && !isDone && <Reason reason={reason} onChange={setReason} />}
      {publish.error !== null && <ProblemNote error={publish.error} />}
      {publish.data !== undefined && <Outcome report={publish.data} />}
    </Dialog>
  );
}

function useTrial({ what, publish }: PublishDialogProps) {
  return useQuery({
    queryKey: ['publish-trial', ...what],
    queryFn: () => publish({ runsMax: RUNS_MAX, dryRun: true }),
    staleTime: 0,
    gcTime: 0,
  });
}

type Said = { readonly acceptDifferences: boolean; readonly reason: string };

function usePublish({ publish, onPublished }: PublishDialogProps, { reason, acceptDifferences }: Said) {
  const queries = useQueryClient();

  return useMutation({
    mutationFn: () => publish({ runsMax: RUNS_MAX, acceptDifferences, ...(reason === '' ? {} : { reason }) }),
    onSuccess: async ({ outcome }) => {
      if (outcome === 'different') return;
      onPublished();
      await queries.invalidateQueries({ queryKey: ['definitions'] });
    },
  });
}

type FooterProps = {
  readonly isDone: boolean;
  readonly mayPublish: boolean;
  readonly isBusy: boolean;
  readonly onPublish: () => void;
  readonly onClose: () => void;
};

function Footer({ isDone, mayPublish, isBusy, onPublish, onClose }: FooterProps) {
  return (
    <>
      <button type="button" onClick={onClose}>
        {isDone ? 'Close' : 'Do not publish'}
      </button>
      {!isDone && (
        <button type="button" className="primary" disabled={!mayPublish} onClick={onPublish}>
          {isBusy ? 'Publishing ...' : 'Publish'}
        </button>
      )}
    </>
  );
}

function Acceptance({
  accepts,
  onAccept,
}: {
  readonly accepts: boolean;
  readonly onAccept: (accepts: boolean) => void;
}) {
  return (
    <div className="field">
      <label className="check">
        <input type="checkbox" checked={accepts} onChange={(event) => onAccept(event.target.checked)} />I have
        read the differences: new runs may go these other ways
      </label>
    </div>
  );
}

type ReasonProps = { readonly reason: string; readonly onChange: (reason: string) => void };

function Reason({ reason, onChange }: ReasonProps) {
  return (
    <label className="field">
      <strong>Reason (optional)</strong>
      <textarea value={reason} maxLength={2_000} onChange={(event) => onChange(event.target.value)} />
      <span className="field-help">Saved with the version, along with your name and the time.</span>
    </label>
  );
}

function Outcome({ report: { outcome, definition } }: { readonly report: PublishReport }) {
  const { actor } = useSession();
  const name = `${definition.id} v${definition.version}`;
  if (outcome === 'different')
    return <p role="alert">Not published: past runs would have taken a different path.</p>;

  return (
    <output className="published">
      {outcome === 'known'
        ? `${name} was there already, with the same text.`
        : `${name} is published, by ${actor}.`}{' '}
      <Link href={`/start/${encodeURIComponent(definition.id)}`}>Start a run</Link>
    </output>
  );
}

/** What would become of the latest runs by a new version. Those that go another way come first. */
function PublishReportView({ report }: { readonly report: PublishReport }) {
  const rows = report.reports.toSorted((left, right) => rank(left.outcome) - rank(right.outcome));

  return (
    <>
      <p>{comparedText(report)}</p>
      <p className="soft">{underWayText(report)}</p>
      <Changes report={report} />
      {rows.length > 0 && <Reports rows={rows} />}
    </>
  );
}

/** What differs for others: a start by the old rules may be refused, an output that somebody reads may be gone. */
function Changes({ report: { changes, against, definition } }: { readonly report: PublishReport }) {
  if (changes.length === 0) {
    return against === undefined ? null : <p>Its inputs, outputs, triggers and tasks keep their names.</p>;
  }

  return (
    <details open={changes.some(({ breaks }) => breaks) || changes.length < 6}>
      <summary>{changesText(changes)}</summary>
      <ul className="publish-changes" aria-label={`What version ${definition.version} changes for others`}>
        {changes.map(({ kind, place, name, note, breaks }) => (
          <li key={`${place} ${name}`} data-breaks={breaks}>
            {place} <code>{name}</code> {kind}
            {note === '' ? '' : `: ${note}`}
            {breaks && <strong> · may break those who use it</strong>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Reports({ rows }: { readonly rows: PublishReport['reports'] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1).
    <section className="table-scroll publish-runs" aria-label="The latest runs" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            <th scope="col">Would be</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.run}>
              <td>
                <Link href={`/runs/${row.run}`} className="mono">
                  {row.run.slice(-8)}
                </Link>
              </td>
              <td>
                <StatusBadge shown={row.status} />
              </td>
              <td>
                {verdictText(row)}
                {row.outcome !== 'same' && row.text.map((line) => <p key={line}>{line}</p>)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function rank(outcome: PublishReport['reports'][number]['outcome']): number {
  return ['different', 'untold', 'same'].indexOf(outcome);
}
