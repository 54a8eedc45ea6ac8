import { useState } from 'react';
import { Link } from 'wouter';
import { useSession } from '../../session/session.ts';
import { comparePath } from '../run/compare-words.ts';
import type { BulkKind, BulkTarget } from './bulk.ts';
import { BulkDialog } from './bulk-dialog.tsx';
import { bulkWords } from './bulk-words.ts';
import { filterText, type RunFilterState } from './run-filter.ts';
import type { Selection } from './use-selection.ts';

export type BulkBarProps = {
  readonly filter: RunFilterState;
  readonly selection: Selection;
  /** How many runs fit the filter, shown or not. */
  readonly matching: number;
};

const offered: readonly BulkKind[] = ['retryRun', 'pauseRun', 'resumeRun', 'cancelRun', 'terminateRun'];

/** What can be done to the chosen runs. All that match the filter are chosen by a click of their own. */
export function BulkBar({ filter, selection, matching }: BulkBarProps) {
  const [isEvery, setEvery] = useState(false);
  const [kind, setKind] = useState<BulkKind | undefined>();
  const { readOnly } = useSession();
  if (selection.runs.size === 0) return null;
  const all = isEvery && selection.isAll;
  const target: BulkTarget = all ? { filter } : { runs: [...selection.runs] };
  const clear = (): void => {
    setEvery(false);
    selection.clear();
  };

  return (
    <section className="bulk-bar" aria-label="The selected runs">
      <strong>{all ? `All ${matching} that match this filter` : `${selection.runs.size} selected`}</strong>
      {selection.isAll && !all && matching > selection.runs.size && (
        <button type="button" onClick={() => setEvery(true)}>
          Choose all {matching} that match
        </button>
      )}
      <CompareLink runs={[...selection.runs]} />
      {(readOnly ? [] : offered).map((one) => (
        <button key={one} type="button" onClick={() => setKind(one)}>
          {bulkWords[one].label} ...
        </button>
      ))}
      <button type="button" className="quiet" onClick={clear}>
        Clear
      </button>
      {kind !== undefined && (
        <BulkDialog
          kind={kind}
          target={target}
          chosen={all ? filterText(filter) : 'chosen by hand'}
          onClose={() => setKind(undefined)}
        />
      )}
    </section>
  );
}

/** Two runs can be held against each other. */
function CompareLink({ runs: [one, other, ...more] }: { readonly runs: readonly string[] }) {
  if (one === undefined || other === undefined || more.length > 0) return null;

  return (
    <Link href={comparePath(one, other)} className="button">
      Compare
    </Link>
  );
}
