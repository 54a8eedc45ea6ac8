import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type EmbeddedEngine } from '../src/compose/embedding/create-engine.ts';
import { sequential } from './definitions.ts';
import { createDriver, result } from './drive-engine.ts';
import { type Amount, load } from './load.ts';
import { rawBatchesPerSecond } from './raw-batches.ts';
import { median } from './statistics.ts';

/** Five tasks in a row that do nothing, whoever starts them waits: an engine in the program beside the bare one. */
export type EmbeddedCost = {
  /** Messages a second that the same server stores in batches, every one of them on the disk. */
  readonly rawPerSecond: number;
  readonly loads: readonly {
    readonly inFlight: number;
    readonly perSecond: number;
    readonly barePerSecond: number;
    readonly p50Ms: number;
    readonly bareP50Ms: number;
    readonly toBare: number;
    /** Events a second over that, in the same round. */
    readonly ofRaw: number;
  }[];
};

type Rate = { readonly perSecond: number; readonly p50Ms: number };

const loads = [
  { inFlight: 1, runs: 200 },
  { inFlight: 50, runs: 1_500 },
  { inFlight: 400, runs: 4_000 },
];
const rounds = 5;
const rawMs = 1_500;
const eventsOfRun = 6;
const { text } = sequential(5);

export async function measureEmbedded(url: string): Promise<EmbeddedCost> {
  const dir = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
  const driver = await createDriver(url);
  const chart = await driver.register(sequential(5));
  const engine = await createEngine({
    ...{ url, dir, namespace: `bench-embedded-${process.pid}` },
    actions: { noop: { run: () => result } },
  });
  const bare = async () => void (await driver.runOnce(chart));
  const embedded = () => startAndWait(engine);
  const raw: number[] = [];
  const measured = loads.map((each) => ({ ...each, bare: [] as Rate[], embedded: [] as Rate[] }));
  try {
    for (let round = 0; round <= rounds; round += 1) {
      raw.push(await rawBatchesPerSecond(url, rawMs));
      for (const { inFlight, runs, ...rates } of measured) {
        rates.bare.push(await rateOf(bare, { inFlight, runs }));
        rates.embedded.push(await rateOf(embedded, { inFlight, runs }));
      }
    }
  } finally {
    await engine.close();
    await driver.close();
    await rm(dir, { recursive: true, force: true });
  }

  return { rawPerSecond: median(raw.slice(1)), loads: measured.map((each) => compared(each, raw)) };
}

/** The first round warms up. */
function compared(
  { inFlight, bare, embedded }: { inFlight: number; bare: readonly Rate[]; embedded: readonly Rate[] },
  raw: readonly number[],
): EmbeddedCost['loads'][number] {
  const ofRounds = (value: (round: number) => number) =>
    median(Array.from({ length: rounds }, (_, index) => value(index + 1)));
  const rate = (rates: readonly Rate[], round: number): Rate => rates[round] ?? { perSecond: 0, p50Ms: 0 };

  return {
    inFlight,
    perSecond: ofRounds((round) => rate(embedded, round).perSecond),
    barePerSecond: ofRounds((round) => rate(bare, round).perSecond),
    p50Ms: ofRounds((round) => rate(embedded, round).p50Ms),
    bareP50Ms: ofRounds((round) => rate(bare, round).p50Ms),
    toBare: ofRounds((round) => rate(embedded, round).perSecond / rate(bare, round).perSecond),
    ofRaw: ofRounds((round) => (rate(embedded, round).perSecond * eventsOfRun) / (raw[round] ?? 1)),
  };
}

async function startAndWait(engine: EmbeddedEngine): Promise<void> {
  const run = await engine.start(text);
  await run.result();
}

async function rateOf(once: () => Promise<void>, amount: Amount): Promise<Rate> {
  const { times, seconds } = await load(once, amount);

  return { perSecond: times.length / seconds, p50Ms: median(times) };
}

export function embeddedLines({ rawPerSecond: raw, loads: measured }: EmbeddedCost): string {
  const lines = measured.map(
    (each) =>
      `embedded, ${each.inFlight} in flight`.padEnd(28) +
      `${each.perSecond.toFixed(0)} runs/s, p50 ${each.p50Ms.toFixed(2)} ms   bare engine ${each.barePerSecond.toFixed(0)} runs/s, ` +
      `p50 ${each.bareP50Ms.toFixed(2)} ms   ${each.toBare.toFixed(2)} of it, ${(each.ofRaw * 100).toFixed(0)} % of raw`,
  );

  return [...lines, `raw appends in batches, on the disk   ${raw.toFixed(0)} records/s`].join('\n');
}
