// What lists, the home page and the start of an engine cost beside a thousand runs that have ended, and beside many:
// ratios, and how long the index takes that is made anew. Ended runs are copies of one that an engine ran, each record
// with its own id and hash, so that they are as sound as that one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson, type Json } from '../events/canonical-json.ts';
import { signed } from '../machines/run/record/record-text.ts';
import { ownerKeys } from '../src/compose/session/note-dashboard.ts';
import { newRunId } from '../src/compose/session/open-session.ts';
import { mapAtOnce } from '../src/lib/limit.ts';
import type { Journal } from '../src/ports/runs/journal.ts';
import type { JetStreamHandle } from '../src/stores/jetstream/connect.ts';
import { named, waiting } from './definitions.ts';
import { type serveHere as serve, serveHere } from './lists.ts';

type Served = Awaited<ReturnType<typeof serve>>;

const few = 1_000;
const appendsAtOnce = 500;
const rounds = 5;
const program = new URL('../src/main.js', import.meta.url).pathname;

/** Times in ms, sizes in bytes. */
type Costs = {
  readonly madeMs: number;
  readonly indexedMs: number;
  readonly listMs: number;
  /** By a key that one run has, by a label that one has, and by one that all have. */
  readonly keyMs: number;
  readonly rareMs: number;
  readonly commonMs: number;
  /** A question about the attempts of the thousand runs that were started last. */
  readonly attemptsMs: number;
  readonly statusMs: number;
  readonly readyMs: number;
  readonly homeMs: number;
  readonly engineBytes: number;
  readonly indexBytes: number;
};
export type IndexCost = {
  readonly ended: number;
  readonly sleeping: number;
  readonly few: Costs;
  readonly many: Costs;
};

export async function measureIndex(url: string): Promise<IndexCost> {
  const ended = Number(process.env['INDEX_RUNS'] ?? 100_000);
  const sleeping = Number(process.env['INDEX_SLEEPING'] ?? 1_000);

  return {
    ended,
    sleeping,
    few: await costsOf(url, { ended: few, sleeping }),
    many: await costsOf(url, { ended, sleeping }),
  };
}

type Size = { readonly ended: number; readonly sleeping: number };

async function costsOf(url: string, { ended, sleeping }: Size): Promise<Costs> {
  const namespace = `bench-index-${process.pid}-${ended}`;
  const folder = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
  const env = { ...process.env, NATS_URL: url, WORKFLOW_NAMESPACE: namespace };
  const run = (...words: readonly string[]) => timedProgram(folder, env, words);
  try {
    const begunMs = performance.now();
    const one = await makeRuns(url, namespace, { ended, sleeping });
    const madeMs = performance.now() - begunMs;
    // The first that asks makes the index.
    const indexedMs = await run('list', '--limit', '20', '--json');
    const listMs = await best(() => run('list', '--limit', '20', '--json'));
    const found = (where: string) => best(() => run('list', '--limit', '20', '--where', where, '--json'));
    const keyMs = await found(`key=${one}`);
    const rareMs = await found(`label.run=${one}`);
    const commonMs = await found('label.team=finance');
    const attemptsMs = await best(() => run('query', 'SELECT outcome, count(*) FROM attempts GROUP BY 1'));
    const statusMs = await best(() => run('status', '--json'));
    const engine = await measureEngine(folder, env);

    const lists = { listMs, keyMs, rareMs, commonMs, attemptsMs };

    return { madeMs, indexedMs, ...lists, statusMs, ...engine, indexBytes: await sizeOf(folder) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves with one of the runs that have ended. */
async function makeRuns(url: string, namespace: string, { ended, sleeping }: Size): Promise<string> {
  const served = await serveHere(url, namespace);
  try {
    const over = await recordsOf(served, { definition: named() }, 'COMPLETED');
    const asleep = await recordsOf(
      served,
      { definition: waiting(), input: { at: new Date(Date.now() + 30 * 86_400_000).toISOString() } },
      'RUNNING',
    );
    const { journal } = served.stream;
    await copyRuns(journal, over, ended);
    await copyRuns(journal, asleep, sleeping);
    return over.run;
  } finally {
    await served.close();
  }
}

type Start = {
  readonly definition: ReturnType<typeof waiting>;
  readonly input?: Readonly<Record<string, Json>>;
};

/** The records of a run that comes to this status, as texts. */
async function recordsOf(served: Served, { definition, input = {} }: Start, status: string) {
  const { workflows, stream } = served;
  const answer = await workflows.start({ definition, file: 'bench', input, actor: 'bench' });
  if (!answer.ok) throw new Error(answer.refusal.message);
  const { run } = answer;
  for (;;) {
    const { state } = await workflows.view(run);
    const isThere = Object.values(state.tasks).some((task) => task.state !== 'scheduled');
    if (state.status === status && isThere) break;
  }

  return { run, bodies: await bodiesOf(stream, run) };
}

async function bodiesOf({ journal }: JetStreamHandle, run: string): Promise<readonly string[]> {
  const bodies: string[] = [];
  for await (const { body } of journal.read(run)) bodies.push(body);

  return bodies;
}

type Copied = Awaited<ReturnType<typeof recordsOf>>;

async function copyRuns(journal: Journal, copied: Copied, count: number): Promise<void> {
  const batch = 10_000;
  for (let done = 0; done < count; done += batch) {
    const runs = Array.from({ length: Math.min(batch, count - done) }, newRunId);
    await mapAtOnce(runs, appendsAtOnce, (run) => copyRun(journal, copied, run));
  }
}

async function copyRun(journal: Journal, { run: from, bodies }: Copied, run: string): Promise<void> {
  let [after, previoushash] = [0, ''];
  for (const [index, text] of bodies.entries()) {
    const { hash: _hash, ...record } = JSON.parse(text.replaceAll(from, run)) as Record<string, Json>;
    const { body, hash } = signed(canonicalJson({ ...record, previoushash }));
    after = await journal.append({ run, id: `${run}/${index + 1}`, body, after });
    previoushash = hash;
  }
}

async function measureEngine(
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Pick<Costs, 'readyMs' | 'homeMs' | 'engineBytes'>> {
  const begunMs = performance.now();
  const engine = spawn(process.execPath, [program, 'serve', '--http', '127.0.0.1:0'], { cwd: folder, env });
  let said = '';
  engine.stderr.on('data', (text) => {
    said += text;
  });
  const until = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(said);
      if (found !== null) return found[1] ?? '';
      await once(engine.stderr, 'data');
    }
  };
  try {
    const link = await until(/dashboard on (\S+)/);
    await until(/(engine ready)/);
    const readyMs = performance.now() - begunMs;
    const home = homeOf(link, folder);
    const homeMs = await best(() => timed(home));
    const status = await readFile(`/proc/${engine.pid}/status`, 'utf8');

    return { readyMs, homeMs, engineBytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024 };
  } finally {
    engine.kill();
    await once(engine, 'exit');
  }
}

/** Asks for the home page as the owner of the project. */
function homeOf(link: string, folder: string): () => Promise<void> {
  const { origin } = new URL(link);

  return async () => {
    const authorization = `Bearer ${await ownerKeys(folder).token()}`;
    const home = await fetch(`${origin}/api/v1/home`, { headers: { authorization } });
    if (!home.ok) throw new Error(`${home.status} ${await home.text()}`);
    await home.text();
  };
}

async function timedProgram(cwd: string, env: NodeJS.ProcessEnv, words: readonly string[]): Promise<number> {
  return timed(async () => {
    const child = spawn(process.execPath, [program, ...words], { cwd, env, stdio: 'ignore' });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`workflow ${words.join(' ')} ended with ${code}`);
  });
}

async function timed(act: () => Promise<void>): Promise<number> {
  const begunMs = performance.now();
  await act();

  return performance.now() - begunMs;
}

async function best(measure: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) least = Math.min(least, await measure());

  return least;
}

async function sizeOf(folder: string): Promise<number> {
  const index = join(folder, '.3ox', 'index');
  const sizes = (await readdir(index)).map(async (file) => (await stat(join(index, file))).size);

  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** The lines of the index of runs. */
export function indexLines({ ended, sleeping, few: alone, many }: IndexCost): string {
  const ratio = (name: keyof Costs) => (many[name] / alone[name]).toFixed(2);
  const ms = (name: keyof Costs) => `${alone[name].toFixed(0)} and ${many[name].toFixed(0)} ms`;
  const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

  return [
    `beside ${ended} ended and ${sleeping} sleeping runs to beside ${few} ended ones:`,
    `workflow list ${ratio('listMs')} (${ms('listMs')}), status ${ratio('statusMs')} (${ms('statusMs')})`,
    `list by key ${ratio('keyMs')} (${ms('keyMs')}), by a label of one run ${ratio('rareMs')} (${ms('rareMs')}), of all ${ratio('commonMs')} (${ms('commonMs')})`,
    `query over the attempts of the last 1,000 runs ${ratio('attemptsMs')} (${ms('attemptsMs')})`,
    `home page ${ratio('homeMs')} (${ms('homeMs')}), engine ready ${ratio('readyMs')} (${ms('readyMs')})`,
    `engine memory +${megabytes(many.engineBytes - alone.engineBytes)} MiB (${megabytes(alone.engineBytes)})`,
    `the index made anew in ${ms('indexedMs')}, ${megabytes(many.indexBytes)} MiB; the runs made in ${ms('madeMs')}`,
  ].join('\n');
}
