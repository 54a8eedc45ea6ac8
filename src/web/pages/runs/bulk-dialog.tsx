import { useState } from 'react';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import type { BulkKind, BulkTarget } from './bulk.ts';
import { BulkOutcome } from './bulk-outcome.tsx';
import { bulkWords } from './bulk-words.ts';
import { type Bulk, useBulk } from './use-bulk.ts';

export type BulkDialogProps = {
  readonly kind: BulkKind;
  readonly target: BulkTarget;
  /** How the runs were chosen, in words. */
  readonly chosen: string;
  readonly onClose: () => void;
};

/** Looks first what would happen, says it, asks for a reason, does it, and tells of each run what became of it. */
export function BulkDialog({ kind, target, chosen, onClose }: BulkDialogProps) {
  const bulk = useBulk(kind, target);
  const [reason, setReason] = useState('');
  const { label, effect, isEnding } = bulkWords[kind];
  const able = bulk.preview?.total ?? 0;

  return (
    <Dialog
      title={`${label} many runs`}
      isOpen
      onClose={onClose}
      footer={
        <Buttons
          bulk={bulk}
          label={`${label} ${runsText(able)}`}
          isEnding={isEnding}
          onClose={onClose}
          reason={reason}
        />
      }
    >
      <p>{effect}</p>
      <p className="soft">Which runs: {chosen}.</p>
      {bulk.error !== undefined && <ProblemNote error={bulk.error} />}
      {bulk.stage === 'looking' && <p role="status">Looking which runs that would be ...</p>}
      {bulk.stage === 'ready' && (
        <>
          <Preview bulk={bulk} />
          <label className="field">
            <strong>Reason</strong>
            <textarea value={reason} maxLength={2_000} onChange={(event) => setReason(event.target.value)} />
            <span className="field-help">It is written into the journal of each run with your name.</span>
          </label>
        </>
      )}
      {bulk.stage === 'doing' && <Doing bulk={bulk} />}
      {bulk.outcome !== undefined && <BulkOutcome report={bulk.outcome} />}
    </Dialog>
  );
}

function Doing({ bulk: { asked, runs } }: { readonly bulk: Bulk }) {
  return (
    <p role="status">
      <progress value={asked} max={Math.max(1, runs)} aria-label="Runs that were asked" /> {asked} of{' '}
      {runsText(runs)}
    </p>
  );
}

function runsText(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`;
}

function Preview({ bulk: { preview, runs } }: { readonly bulk: Bulk }) {
  if (preview === undefined) return null;

  return (
    <>
      <p>
        <strong>{runsText(runs)}</strong> will be asked. One that cannot be changed any more refuses, and
        stays as it is.
      </p>
      <BulkOutcome report={preview} />
    </>
  );
}

type ButtonsProps = {
  readonly bulk: Bulk;
  readonly label: string;
  readonly isEnding: boolean;
  readonly onClose: () => void;
  readonly reason: string;
};

function Buttons({ bulk, label, isEnding, onClose, reason }: ButtonsProps) {
  if (bulk.outcome !== undefined) {
    return (
      <button type="button" className="primary" onClick={onClose}>
        Close
      </button>
    );
  }
  const isAsked = bulk.stage === 'ready' && (bulk.preview?.total ?? 0) > 0 && reason.trim() !== '';

  return (
    <>
      <button type="button" onClick={onClose}>
        Do nothing
      </button>
      <button
        type="button"
        className={isEnding ? 'danger' : 'primary'}
        disabled={!isAsked}
        onClick={() => void bulk.run(reason.trim())}
      >
        {label}
      </button>
    </>
  );
}
