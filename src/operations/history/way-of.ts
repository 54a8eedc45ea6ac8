import { RunQuarantined } from '../../ports/runs/journal.ts';
import { RunNotFound, type RunView } from '../../ports/runs/workflows.ts';
import type { Way } from '../../projections/definition/way-parting.ts';
import type { OperationPorts } from '../use-case.ts';

type Deps = Pick<OperationPorts, 'workflows' | 'rows'>;

/** How deep forks of forks are followed. */
const forksMax = 20;

/** The events that led the run to its state, including those of the runs it was forked from. */
export async function wayOf(deps: Deps, view: RunView, forks = 0): Promise<Way> {
  const { run, state } = view;
  const { rows } = await deps.rows.open(run);
  const own = rows.map((row) => ({ run, row }));
  const origin = state.forkedFrom;
  if (origin === undefined || forks >= forksMax) return own;
  const before = await originOf(deps, origin.run, forks);

  // The first event of a fork holds the states that the earlier events had led to.
  return before === undefined ? own : [...upTo(before, origin), ...own.slice(1)];
}

/** Undefined if the journal no longer holds the run, or the run is damaged. */
async function originOf(deps: Deps, run: string, forks: number): Promise<Way | undefined> {
  try {
    return await wayOf(deps, await deps.workflows.view(run), forks + 1);
  } catch (error) {
    if (error instanceof RunNotFound || error instanceof RunQuarantined) return undefined;
    throw error;
  }
}

function upTo(way: Way, { run, at }: { readonly run: string; readonly at: number }): Way {
  return way.filter((each) => each.run !== run || each.row.line.sequence <= at);
}
