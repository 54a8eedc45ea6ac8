// Runs that an index tells to have left the journal although they have not.
import { fitsFilter } from '../../machines/run/record/run-filter.ts';
import type { CurrentRuns } from '../../src/ports/runs/run-index.ts';

type Each = CurrentRuns['each'];

/** The same runs, those of which `kept` says something as archived; then what was asked for is chosen of them. */
export function archivedEach(each: Each, kept: (run: string) => 'whole' | 'head' | undefined): Each {
  return async function* ({ isArchived, ...filter }, ...wanted) {
    const fits = fitsFilter({ isArchived });
    for await (const line of each(filter, ...wanted)) {
      const archived = kept(line.run);
      const told = archived === undefined ? line : { ...line, archived };
      if (fits(told)) yield told;
    }
  };
}
