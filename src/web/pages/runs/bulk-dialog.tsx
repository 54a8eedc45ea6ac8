import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { BulkReport } from '../../../api/commands.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { askMany, type BulkKind, type BulkTarget, bulkWords, targetRuns } from './bulk.ts';

const start: State = {
  stage: 'looking',
  runs: [],
  asked: 0,
  preview: undefined,
  outcome: undefined,
  error: undefined,
};

const ITEMS_MAX = 10;

export type BulkDialogProps = {
  readonly kind: BulkKind;
  readonly target: BulkTarget;
  /** The selection of runs in words. */
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
      {bulk.stage === 'looking' && <p role="status">Finding the runs this affects ...</p>}
      {bulk.stage === 'ready' && (
        <>
          <Preview bulk={bulk} />
          <label className="field">
            <strong>Reason</strong>
            <textarea value={reason} maxLength={2_000} onChange={(event) => setReason(event.target.value)} />
            <span className="field-help">Recorded in the journal of each run under your name.</span>
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
      <progress value={asked} max={Math.max(1, runs)} aria-label="Runs asked" /> {asked} of {runsText(runs)}
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
        Go back
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

/** What became, or would become, of each run: refusals first, ten lines at most. */
function BulkOutcome({ report }: { readonly report: BulkReport }) {
  const items = report.items.toSorted((one, other) => Number(one.ok) - Number(other.ok));

  return (
    <section aria-label={report.dryRun ? 'What would happen' : 'What happened'}>
      {!report.dryRun && (
        <p role="status">
          <strong>
            {report.changed} of {report.total} runs changed
          </strong>
          {report.refused > 0 && `, ${report.refused} refused`}.
        </p>
      )}
      <ul>
        {items.slice(0, ITEMS_MAX).map(({ run, shortId, definition, status, refusal }) => (
          <li key={run}>
            <Link href={`/runs/${run}`} className="mono">
              {shortId}
            </Link>{' '}
            {definition}{' '}
            <span className="soft">{refusal === undefined ? status.toLowerCase() : refusal.message}</span>
          </li>
        ))}
      </ul>
      {items.length > ITEMS_MAX && <p className="soft">and {items.length - ITEMS_MAX} more</p>}
    </section>
  );
}

type Bulk = {
  readonly stage: 'looking' | 'ready' | 'doing' | 'done';
  /** The number of selected runs, and of those already asked. */
  readonly runs: number;
  readonly asked: number;
  readonly preview: BulkReport | undefined;
  readonly outcome: BulkReport | undefined;
  readonly error: unknown;
  readonly run: (reason: string) => Promise<void>;
};

type State = Omit<Bulk, 'run' | 'runs'> & { readonly runs: readonly string[] };

/** One bulk command from the look at what it would do to its outcome. The runs are those of the look. */
function useBulk(kind: BulkKind, target: BulkTarget): Bulk {
  const [state, setState] = useState<State>(start);
  const frozen = useRef(target);

  useEffect(() => {
    let isOver = false;
    const tell = (told: Partial<State>): void => {
      if (!isOver) setState((before) => ({ ...before, ...told }));
    };
    const look = async (): Promise<void> => {
      const runs = await targetRuns(frozen.current);
      tell({ stage: 'ready', runs, preview: await askMany({ runs, kind, dryRun: true }) });
    };
    look().catch((error: unknown) => tell({ error }));

    return () => {
      isOver = true;
    };
  }, [kind]);

  const run = async (reason: string): Promise<void> => {
    setState((before) => ({ ...before, stage: 'doing', error: undefined }));
    const onProgress = (asked: number): void => setState((before) => ({ ...before, asked }));
    try {
      const outcome = await askMany({ runs: state.runs, kind, reason, dryRun: false, onProgress });
      setState((before) => ({ ...before, stage: 'done', outcome }));
    } catch (error) {
      setState((before) => ({ ...before, stage: 'ready', error }));
    }
  };

  return { ...state, runs: state.runs.length, run };
}
