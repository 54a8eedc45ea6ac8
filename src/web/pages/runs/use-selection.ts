import { useCallback, useMemo, useState } from 'react';
import type { RunLine } from '../../../api/run.ts';

export type Selection = {
  readonly runs: ReadonlySet<string>;
  readonly toggle: (run: string) => void;
  /** Every row that has been read, or none when all of them are chosen. */
  readonly toggleAll: () => void;
  readonly isAll: boolean;
  readonly clear: () => void;
};

/** The runs that are chosen by hand among the rows of the list. */
export function useSelection(rows: readonly RunLine[]): Selection {
  const [runs, setRuns] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((run: string) => {
    setRuns((before) => {
      const after = new Set(before);
      if (!after.delete(run)) after.add(run);

      return after;
    });
  }, []);
  const isAll = rows.length > 0 && rows.every(({ run }) => runs.has(run));

  return useMemo(
    () => ({
      runs,
      toggle,
      toggleAll: () => setRuns(isAll ? new Set() : new Set(rows.map(({ run }) => run))),
      isAll,
      clear: () => setRuns(new Set()),
    }),
    [runs, toggle, isAll, rows],
  );
}
