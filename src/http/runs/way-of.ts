import { RunQuarantined } from '../../ports/runs/damage.ts';
import { RunNotFound, type RunView } from '../../ports/runs/workflows.ts';
import type { Way } from '../../projections/definition/way-parting.ts';
import type { ApiDeps } from '../api.ts';

type Deps = Pick<ApiDeps, 'workflows' | 'rows'>;

/** Forks of forks are followed so far. */
const forksMax = 20;

/** The events that led the run to where it is, those of the runs that it was forked from included. */
export async function wayOf(deps: Deps, view: RunView, forks = 0): Promise<Way> {
  const { run, state } = view;
  const { rows } = await deps.rows.open(run);
  const own = rows.map((row) => ({ run, row }));
  const origin = state.forkedFrom;
  if (origin === undefined || forks >= forksMax) return own;
  const before = await originOf(deps, origin.run, forks);

  // Its first event holds the states that the tasks were in: those that the events before had brought them to.
  return before === undefined ? own : [...upTo(before, origin), ...own.slice(1)];
}

/** Undefined where the journal does not hold it any more, or what it holds cannot be trusted. */
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
