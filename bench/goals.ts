import { loadEnterprise } from '../machines/goals/load-enterprise.ts';
import { systemClock as clock } from '../src/compose/system-clock.ts';
import { createRunMeasuring } from '../src/engine/goals/ended-runs.ts';
import { createKpiBook } from '../src/engine/goals/kpi-book.ts';
import { measureKpis } from '../src/engine/goals/measure-kpis.ts';
import { createCharts } from '../src/engine/run-reader/charts.ts';
import { createRunReader } from '../src/engine/run-reader/run-reader.ts';
import { pausing } from '../src/lib/abort.ts';
import { connectJetStream, type JetStreamHandle } from '../src/stores/jetstream/connect.ts';
import { sold } from './definitions.ts';
import { createMeasured } from './workers.ts';

/** How long it takes until ended runs count for three KPIs, as a ratio to reading their events alone. */
export type GoalsCost = { readonly runs: number; readonly ms: number; readonly toReading: number };

const runs = 10_000;
const startedTogether = 200;

const text = `kpis:
  revenue: { measure: sum, value: output.amount, period: month, target: 1000 }
  success: { measure: success_rate, period: month }
  duration: { measure: p95, period: month }
`;

export async function measureGoals(url: string): Promise<GoalsCost> {
  const stream = await connectJetStream({ url, namespace: `bench-goals-${process.pid}` });
  try {
    await endRuns(stream);
    const readMs = await timed(() => readAll(stream));
    const ms = await timed(() => untilCounted(stream));

    return { runs, ms, toReading: ms / readMs };
  } finally {
    await stream.close();
  }
}

async function endRuns(stream: JetStreamHandle): Promise<void> {
  const { runOnce, close } = await createMeasured(stream);
  for (let ended = 0; ended < runs; ended += startedTogether)
    await Promise.all(
      Array.from({ length: startedTogether }, (_, index) => runOnce(sold(), { amount: index })),
    );
  await close();
}

export async function readAll({ journal }: JetStreamHandle): Promise<void> {
  const over = new AbortController();
  const options = { after: 0, signal: over.signal, onCaughtUp: () => over.abort() };
  for await (const stored of journal.watch(options)) if (stored.position < 0) return;
}

/** As an engine measures that begins with nothing but the journal. */
async function untilCounted({ journal, definitions, kpis }: JetStreamHandle): Promise<void> {
  const enterprise = loadEnterprise({ file: 'enterprise.yaml', content: text });
  if (!enterprise.ok) throw new Error('the file of the benchmark does not load');
  const charts = createCharts(definitions);
  const reader = createRunReader({ journal, charts });
  const book = createKpiBook(kpis);
  const over = new AbortController();
  const deps = {
    ...{ journal, book, clock, runs: createRunMeasuring(reader), enterprise: () => enterprise },
    onClosed: async () => undefined,
    onTrouble: (error: unknown) => process.stderr.write(`${error}\n`),
  };
  const measuring = measureKpis(deps, over.signal);
  const counted = createKpiBook(kpis);
  const isCounted = async (name: string) => [...(await counted.kpi(name)).runs()].length === runs;
  for (const name of ['revenue', 'success', 'duration'])
    while (!(await isCounted(name))) await pausing(clock, 20, over.signal);
  over.abort();
  await measuring;
}

export async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();

  return performance.now() - began;
}
