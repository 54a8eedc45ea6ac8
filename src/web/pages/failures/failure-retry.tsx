import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { BulkReport } from '../../../api/commands.ts';
import type { FailureGroup } from '../../../api/insights.ts';
import { postJson } from '../../api/client.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';

export type FailureRetryProps = { readonly group: FailureGroup; readonly onClose: () => void };

/** Retries all runs of a group: first which they are, then the act, then what became of each. */
export function FailureRetry({ group, onClose }: FailureRetryProps) {
  const [reason, setReason] = useState('');
  const trial = useTrial(group.where);
  const retry = useRetry(group.where);
  const total = trial.data?.total;
  const mayRetry = total !== undefined && total > 0 && retry.data === undefined && !retry.isPending;
  const said = reason.trim() === '' ? {} : { reason: reason.trim() };

  return (
    <Dialog
      title={`Retry what failed in ${group.definition}`}
      isOpen
      onClose={onClose}
      footer={
        <Footer
          isDone={retry.data !== undefined}
          label={retry.isPending ? 'Retrying ...' : `Retry ${total ?? ''} ${total === 1 ? 'run' : 'runs'}`}
          onRetry={mayRetry ? () => retry.mutate({ ...said, expectCount: total }) : undefined}
          onClose={onClose}
        />
      }
    >
      {trial.isPending && <p>Finding the runs this affects ...</p>}
      {trial.error !== null && <ProblemNote error={trial.error} onRetry={() => void trial.refetch()} />}
      {trial.data !== undefined && retry.data === undefined && (
        <Trial report={trial.data} reason={reason} onReason={setReason} />
      )}
      {retry.isPending && <progress aria-label="Retrying" />}
      {retry.error !== null && <ProblemNote error={retry.error} />}
      {retry.data !== undefined && <Outcome report={retry.data} />}
    </Dialog>
  );
}

type FooterProps = {
  readonly isDone: boolean;
  readonly label: string;
  /** Undefined while there is nothing to be retried. */
  readonly onRetry: (() => void) | undefined;
  readonly onClose: () => void;
};

function Footer({ isDone, label, onRetry, onClose }: FooterProps) {
  return (
    <>
      <button type="button" onClick={onClose}>
        {isDone ? 'Close' : 'Go back'}
      </button>
      {!isDone && (
        <button type="button" className="primary" disabled={onRetry === undefined} onClick={onRetry}>
          {label}
        </button>
      )}
    </>
  );
}

function useTrial(where: string) {
  return useQuery({
    queryKey: ['bulk-trial', where],
    queryFn: () => postJson(['runs', 'bulk'], { where, command: { kind: 'retryRun' }, dryRun: true }),
    staleTime: 0,
    gcTime: 0,
  });
}

function useRetry(where: string) {
  const queries = useQueryClient();

  return useMutation({
    mutationFn: ({ expectCount, ...said }: { readonly expectCount: number; readonly reason?: string }) =>
      postJson(['runs', 'bulk'], { where, command: { kind: 'retryRun', ...said }, expectCount }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['failures'] }),
  });
}

type TrialProps = {
  readonly report: BulkReport;
  readonly reason: string;
  readonly onReason: (reason: string) => void;
};

function Trial({ report: { total, where, items }, reason, onReason }: TrialProps) {
  return (
    <>
      <p>
        {total} {total === 1 ? 'run fits' : 'runs fit'} <code>{where}</code>. Each goes on from the task that
        failed, with what it has done before.
      </p>
      <ul className="failure-runs">
        {items.map(({ run, shortId, status }) => (
          <li key={run} className="mono">
            {shortId} {status}
          </li>
        ))}
      </ul>
      <label className="field">
        <strong>Reason (optional)</strong>
        <textarea value={reason} maxLength={2_000} onChange={({ target }) => onReason(target.value)} />
      </label>
    </>
  );
}

function Outcome({ report: { changed, total, refused, items } }: { readonly report: BulkReport }) {
  return (
    <div role="status">
      <p>
        {changed} of {total} {total === 1 ? 'run' : 'runs'} retried{refused > 0 ? `, ${refused} refused` : ''}
        .
      </p>
      <ul className="failure-runs">
        {items
          .filter(({ ok }) => !ok)
          .map(({ run, shortId, refusal }) => (
            <li key={run}>
              <Link href={`/runs/${run}`} className="mono">
                {shortId}
              </Link>{' '}
              {refusal?.message} <code>{refusal?.code}</code>
            </li>
          ))}
      </ul>
    </div>
  );
}
