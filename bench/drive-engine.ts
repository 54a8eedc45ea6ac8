import type { Json } from '../events/canonical-json.ts';
import type { Chart } from '../machines/chart/chart.ts';
import { isFinal } from '../machines/chart/task-status.ts';
import type { LoadedDefinition } from '../machines/language/load-definition.ts';
import type { Run } from '../machines/run/run.ts';
import { newRunId } from '../src/compose/session/open-session.ts';
import { systemClock } from '../src/compose/system-clock.ts';
import { createEngine, type Engine } from '../src/engine/run/engine.ts';
import type { EngineDeps } from '../src/engine/run/engine-deps.ts';
import type { Charts } from '../src/engine/run-reader/charts.ts';
import type { Journal } from '../src/ports/runs/journal.ts';
import type { Snapshots } from '../src/ports/runs/snapshots.ts';
import { connectJetStream, type JetStreamHandle } from '../src/stores/jetstream/connect.ts';

/** How long a run took, and when after its start each event was recorded, in ms. */
export type Timed = { readonly run: string; readonly ms: number; readonly eventsMs: readonly number[] };

/** An engine on a real server whose tasks do nothing but return about a hundred bytes. */
export type Driver = {
  /** Runs the chart once, from the request to the end. */
  readonly runOnce: (chart: Chart, input?: Input) => Promise<Timed>;
  readonly register: (definition: LoadedDefinition) => Promise<Chart>;
  /** Where the runs are kept. */
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly charts: Charts;
  readonly close: () => Promise<void>;
};

type Input = Readonly<Record<string, Json>>;
type Waiter = { readonly onEvent: () => void; readonly onEnd: (run: Run) => void };

/** What a task comes to. */
export const result = { value: 'x'.repeat(80) };

export async function createDriver(url: string): Promise<Driver> {
  const stream = await connectJetStream({ url, namespace: `bench-${process.pid}` });
  const ends = new Map<string, Waiter>();
  const parts = engineParts(stream, (run) => {
    const waiter = ends.get(run.state.run);
    waiter?.onEvent();
    if (isFinal(run.state.status)) waiter?.onEnd(run);
  });
  const engine = createEngine({
    ...parts,
    // Nothing that is measured here starts other runs.
    otherRuns: { start: nobody, workOn: nobody, command: nobody },
  });

  return {
    runOnce: (chart, input = {}) => runOnce(engine, ends, chart, input),
    register: async (definition) => {
      await stream.definitions.register({ ref: definition.ref, text: definition.text, file: 'bench' });
      return engine.reader.charts.byHash(definition.ref.hash);
    },
    journal: stream.journal,
    snapshots: stream.snapshotsFor('bench'),
    charts: engine.reader.charts,
    close: async () => {
      await engine.stop();
      await stream.close();
    },
  };
}

/** What a measured engine is made of. */
export function engineParts(
  stream: JetStreamHandle,
  onChange: (run: Run) => void,
): Omit<EngineDeps, 'otherRuns'> {
  const { journal, definitions, blobs, slots } = stream;

  return {
    journal,
    definitions,
    blobs,
    slots,
    snapshots: stream.snapshotsFor('bench'),
    // Nothing that is measured has secrets.
    runSecrets: stream.runSecrets({ seal: asIs, open: asIs }),
    projectSecrets: { get: () => undefined, values: () => ({}), all: () => [] },
    clock: systemClock,
    performers: { find: () => ({ worker: 'noop', handler: () => Promise.resolve(result) }) },
    outputs: { write: () => Promise.resolve() },
    projectDir: '.',
    concurrencyMax: 1_000,
    startNoticeMs: 25,
    onChange,
    onTrouble: (run, error) => process.stderr.write(`${run}: ${String(error)}\n`),
  };
}

const asIs = (text: string) => Promise.resolve(text);
/** Other runs, where no run that is measured starts any. */
export const nobody = () => Promise.reject(new Error('no run is measured that starts others'));

async function runOnce(
  engine: Engine,
  ends: Map<string, Waiter>,
  chart: Chart,
  input: Input,
): Promise<Timed> {
  const run = newRunId();
  const began = performance.now();
  const eventsMs: number[] = [];
  const ended = new Promise<Run>((resolve) =>
    ends.set(run, { onEvent: () => eventsMs.push(performance.now() - began), onEnd: resolve }),
  );
  const outcome = await engine.startRun({ run, chart, input, actor: 'bench' });
  if (!outcome.ok) throw new Error(outcome.refusal.message);
  const { state } = await ended;
  ends.delete(run);
  if (state.status !== 'COMPLETED') throw new Error(`run ended ${state.status}`);

  return { run, ms: performance.now() - began, eventsMs };
}
