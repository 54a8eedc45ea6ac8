import type { RunContext } from '../../api/run-parts.ts';
import type { RunView, Workflows } from '../../ports/runs/workflows.ts';
import { runContext } from '../../projections/run/run-context.ts';

type Views = Pick<Workflows, 'inspect' | 'viewAt'>;

const keptMax = 40;
const kept = new WeakMap<Views, Map<string, Promise<RunView>>>();

type Asked = {
  /** After this event; as it is now, without. */
  readonly at?: number | undefined;
  /** Whether it is told what that event changed: of a long run, to know how it was before takes a while. */
  readonly isCompared: boolean;
};

/** What a run knows after an event, and what that event changed. Rejects as `viewAt` does. */
export async function runContextAt(
  workflows: Views,
  run: string,
  { at, isCompared }: Asked,
): Promise<RunContext> {
  const view = await viewOf(workflows, run, at);
  const hasBefore = isCompared && view.sequence > 1;
  const before = hasBefore ? await viewAt(workflows, run, view.sequence - 1) : undefined;

  return runContext(view, before);
}

async function viewOf(workflows: Views, run: string, at: number | undefined): Promise<RunView> {
  if (at !== undefined) return viewAt(workflows, run, at);
  const { view, damage } = await workflows.inspect(run);
  // Of a run of which nothing can be told, this says why.
  if (view === undefined) return viewAt(workflows, run, Math.max(1, (damage?.sequence ?? 2) - 1));

  return keep(workflows, `${run}/${view.sequence}`, Promise.resolve(view));
}

/** What was does not change: a run is folded once for all who go to and fro between its events. */
function viewAt(workflows: Views, run: string, at: number): Promise<RunView> {
  const key = `${run}/${at}`;

  return keep(workflows, key, kept.get(workflows)?.get(key) ?? workflows.viewAt(run, at));
}

function keep(workflows: Views, key: string, view: Promise<RunView>): Promise<RunView> {
  const views = kept.get(workflows) ?? new Map<string, Promise<RunView>>();
  kept.set(workflows, views);
  views.delete(key);
  views.set(key, view);
  view.catch(() => views.delete(key));
  const [oldest] = views.keys();
  if (views.size > keptMax && oldest !== undefined) views.delete(oldest);

  return view;
}
