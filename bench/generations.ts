// What a server that has had many runs costs once they have left the journal, beside one that never had any: its
// memory, how long it takes to start anew, and what the next generation of the journal took. Ratios.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shippedPath } from '../src/files/package-path.ts';
import { mapAtOnce } from '../src/lib/limit.ts';
import { launchServer } from '../src/nats-server/launch-server.ts';
import { findServer } from '../src/nats-server/provision-server.ts';
import { connectJetStream } from '../src/stores/jetstream/connect.ts';
import { writeRecords } from './plain-records.ts';

const eventsPerRun = 5;
const keptRuns = 500;
const writersAtOnce = 500;
const rounds = 3;

/** Bytes of memory after a start, and ms until it answers. */
type Server = { readonly bytes: number; readonly startMs: number };
export type GenerationsCost = {
  readonly runs: number;
  readonly carryMs: number;
  readonly empty: Server;
  readonly full: Server;
  readonly after: Server;
};

export async function measureGenerations(): Promise<GenerationsCost> {
  const runs = Number(process.env['GENERATIONS_RUNS'] ?? 100_000);
  const empty = await withStore(async (store) => {
    await fill(store, keptRuns, 'kept');
    return startedOn(store);
  });

  return withStore(async (store) => {
    await fill(store, keptRuns, 'kept');
    const gone = await fill(store, runs, 'gone');
    const full = await startedOn(store);
    const carryMs = await leaveBehind(store, gone);

    return { runs, carryMs, empty, full, after: await startedOn(store) };
  });
}

async function withStore<Result>(work: (store: string) => Promise<Result>): Promise<Result> {
  const store = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
  try {
    return await work(store);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

async function launch(storeDir: string) {
  const { path: binary } = await findServer({ env: process.env });

  return launchServer({ binary, config: shippedPath('nats.conf'), storeDir });
}

/** The position of the last event of each run. */
async function fill(store: string, count: number, prefix: string): Promise<ReadonlyMap<string, number>> {
  const server = await launch(store);
  const { journal, close } = await connectJetStream({ url: server.url });
  const runs = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
  await mapAtOnce(runs, writersAtOnce, (run) =>
    writeRecords(journal, { run, count: eventsPerRun, isOver: true }),
  );
  const last = new Map<string, number>();
  for await (const { run, position } of journal.lastOfEach())
    if (run.startsWith(prefix)) last.set(run, position);
  await close();
  await server.stop();

  return last;
}

async function leaveBehind(store: string, without: ReadonlyMap<string, number>): Promise<number> {
  const server = await launch(store);
  const { generations, close } = await connectJetStream({ url: server.url });
  const begunMs = performance.now();
  await generations.next({ without });
  const tookMs = performance.now() - begunMs;
  await close();
  await server.stop();

  return tookMs;
}

/** The best of some starts: whatever else happens on the machine only makes them slower. */
async function startedOn(store: string): Promise<Server> {
  let best: Server = { bytes: Number.POSITIVE_INFINITY, startMs: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round++) {
    const begunMs = performance.now();
    const server = await launch(store);
    const { journal, close } = await connectJetStream({ url: server.url });
    await journal.end();
    const startMs = performance.now() - begunMs;
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    const bytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
    await close();
    await server.stop();
    best = { bytes: Math.min(best.bytes, bytes), startMs: Math.min(best.startMs, startMs) };
  }

  return best;
}

export function generationsLines({ runs, carryMs, empty, full, after }: GenerationsCost): string {
  const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
  const line = (what: string, { bytes, startMs }: Server) =>
    `  ${what.padEnd(34)} ${mib(bytes).padStart(8)}  ready in ${startMs.toFixed(0)} ms`;
  const ratio = (of: keyof Server) => (after[of] / empty[of]).toFixed(2);

  return `${runs} runs of ${eventsPerRun} events left the journal in ${(carryMs / 1000).toFixed(1)} s, beside ${keptRuns} that stay
${line('a server that never had them', empty)}
${line('with all of them', full)}
${line('after they have left', after)}
  memory ${ratio('bytes')}, ready ${ratio('startMs')} times that of one that never had them (aim: at most 1.5)
`;
}
