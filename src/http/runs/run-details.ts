import type { RunDetail } from '../../api/run.ts';
import { runDetail } from '../../projections/run/run-document.ts';
import type { ApiDeps } from '../api.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'board'>;

const keptMax = 2_000;

/**
 * Tells of runs what takes reading them, each as it is now. What was told is kept while nothing happens to the run, of
 * the 2,000 runs that were asked for last. A run that is not there, or of which nothing can be told, is left out.
 */
export function createRunDetails({ workflows, board }: Deps): {
  readonly of: (runs: readonly string[]) => Promise<readonly RunDetail[]>;
} {
  const kept = new Map<string, { readonly upTo: number; readonly detail: RunDetail }>();

  const detailOf = async (run: string): Promise<RunDetail | undefined> => {
    const sequence = board.line(run)?.sequence;
    const known = kept.get(run);
    if (sequence === undefined) return undefined;
    if (known !== undefined && known.upTo >= sequence) return known.detail;
    const { view } = await workflows.inspect(run);
    if (view === undefined) return undefined;
    const detail = runDetail(view);
    kept.delete(run);
    // What can be told of a damaged run ends before the run does, and to find that out takes reading all of it.
    kept.set(run, { upTo: Math.max(sequence, detail.sequence), detail });
    const [oldest] = kept.keys();
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);

    return detail;
  };

  return {
    of: async (runs) => {
      const found: RunDetail[] = [];
      // One after the other: a list can wait, and whoever looks at one run should not wait for it.
      for (const run of new Set(runs)) {
        const detail = await detailOf(run);
        if (detail !== undefined) found.push(detail);
      }

      return found;
    },
  };
}
