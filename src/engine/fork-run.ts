import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { Chart } from '../../machines/compile/chart.ts';
import type { Journal } from '../ports/journal.ts';
import type { Snapshots } from '../ports/snapshots.ts';
import type { Engine } from './engine.ts';
import { loadRun } from './load-run.ts';
import type { Outcome } from './mailbox.ts';
import type { EngineRequest } from './requests.ts';

type ForkDeps = {
  readonly journal: Journal;
  readonly snapshots?: Snapshots | undefined;
  /** Why whoever asks may not start runs of this definition. */
  readonly mayStart?: (chart: Chart) => Outcome | undefined;
};
type ForkRequest = Extract<EngineRequest, { kind: 'fork' }>;

/** Begins a run that goes on from an event of another one. The same request again gets the same answer. */
export async function forkRun(
  { journal, snapshots, mayStart }: ForkDeps,
  engine: Pick<Engine, 'charts' | 'forkRun'>,
  { run, from, at, input, reason, actor }: ForkRequest,
): Promise<Outcome> {
  const { run: old } = await loadRun(journal, engine.charts, from, { until: at, snapshots });
  const refused = mayStart?.(old.chart);
  if (refused !== undefined) return refused;
  if (old.sequence !== at) {
    const message = `run ${from} has ${old.sequence} events, so it cannot be forked at event ${at}`;
    return { ok: false, refusal: { code: 'fork.no-event', message } };
  }
  // As the journal will give it back, members sorted: tasks are told in the order in which they stand.
  const state = JSON.parse(canonicalJson(old.state)) as Json;
  const command = {
    kind: 'forkRun',
    run,
    from: { run: from, at, hash: old.hash },
    state,
    input,
    reason,
  } as const;
  const outcome = await engine.forkRun(old.chart, command, actor);

  return !outcome.ok && outcome.refusal.code === 'run.exists' ? { ok: true, sequence: 1 } : outcome;
}
