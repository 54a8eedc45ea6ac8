// An engine works on through the death of servers of its cluster. Method: three real servers and an engine as
// `workflow serve` brings it up, with 50 runs that each record an event or two a second. The server that leads the
// journal is killed, brought back, and another one is killed; then two are gone at once, and then all three. What the
// journal acknowledged is written down at the port, and looked up afterwards.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { SHARDS } from '../../machines/shard.ts';
import { openSession, type ProjectSession } from '../../src/compose/session/open-session.ts';
import type { NodeDeps } from '../../src/engine/cluster/node.ts';
import type { Append } from '../../src/ports/runs/journal.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { builtCli, runProgram } from '../e2e/station.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';

const namespace = 'election';
const journalStream = 'WF_ELECTION_JOURNAL';
const runsMax = 50;

type Acked = Append & { readonly position: number };

let cluster: TestCluster;
let folder: string;
let observer: JetStreamHandle;
let session: ProjectSession;
let acked: Acked[];
let said: string[];

beforeAll(async () => {
  cluster = await startTestCluster();
  folder = await mkdtemp(join(tmpdir(), 'workflow-election-'));
  vi.stubEnv('NATS_URL', cluster.url);
  vi.stubEnv('WORKFLOW_NAMESPACE', namespace);
  vi.stubEnv('WORKFLOW_REPLICAS', '3');
  observer = await connectJetStream({ url: cluster.url, namespace, replicas: 3 });
});
afterAll(async () => {
  await observer.close();
  await cluster.stop();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  acked = [];
  said = [];
  session = await openSession(
    { projectDir: folder, engine: 'embedded' },
    (message) => void said.push(message),
    (deps) => ({ ...deps, journal: noting(deps.journal) }),
  );
  await session.node?.workOnAll();
});
afterEach(() => session.close());

test('50 runs complete while the leader of the journal dies, comes back, and a follower dies', async () => {
  const runs = await startRuns(chainOf(15));
  await progress(100);
  const leader = await cluster.leaderOf(journalStream);
  await cluster.servers[leader]?.kill9();
  await progress(100);
  await cluster.servers[leader]?.restart();
  await cluster.whole();
  const follower = ((await cluster.leaderOf(journalStream)) + 1) % 3;
  await cluster.servers[follower]?.kill9();
  await progress(100);

  await expectAllComplete(runs);
  await expectNothingLost(runs);
  await expectAtWork();
  await cluster.servers[follower]?.restart();
  await cluster.whole();
}, 150_000);

test('while two of three servers are gone the engine says what is wrong, and its runs go on afterwards', async () => {
  const runs = await startRuns(chainOf(6));
  await progress(50);
  const leader = await cluster.leaderOf(journalStream);
  const gone = [leader, (leader + 1) % 3];
  for (const index of gone) await cluster.servers[index]?.kill9();

  await expect
    .poll(() => said, { timeout: 40_000 })
    .toContainEqual(expect.stringMatching(/^the journal has taken no event for \d+ s \(.+\)/));
  // A new command does not wait for ever, and says that trying again is safe.
  const file = join(folder, 'chain.yaml');
  await writeFile(file, chainOf(1));
  expect(await runProgram(builtCli, ['start', file], { cwd: folder })).toMatchObject({ code: 3 });
  for (const index of gone) await cluster.servers[index]?.restart();
  await expect.poll(() => said, { timeout: 40_000 }).toContain('the journal takes events again');

  await expectAllComplete(runs);
  await expectNothingLost(runs);
  await expectAtWork();
}, 150_000);

test('after all three servers were gone at once, leases are claimed again and every run goes on', async () => {
  const runs = await startRuns(chainOf(6));
  await progress(50);
  await Promise.all(cluster.servers.map((server) => server.kill9()));
  await Promise.all(cluster.servers.map((server) => server.restart()));

  await expectAllComplete(runs);
  await expectNothingLost(runs);
  await expectAtWork();
}, 150_000);

function noting(journal: NodeDeps['journal']): NodeDeps['journal'] {
  return {
    ...journal,
    append: async (append) => {
      const position = await journal.append(append);
      acked.push({ ...append, position });

      return position;
    },
  };
}

/** Tasks that follow each other, each of which waits a little. */
function chainOf(tasks: number): string {
  const lines = Array.from({ length: tasks }, (_, index) => {
    const after = index === 0 ? '' : `, depends_on: t${index - 1}`;
    return `    - { id: t${index}, type: WAIT, duration: 1s${after} }`;
  });

  return ['workflow:', `  id: chain-${tasks}`, '  version: 1', '  tasks:', ...lines].join('\n');
}

async function startRuns(text: string): Promise<readonly string[]> {
  const definition = loadDefinition({ content: text, file: 'chain.yaml' });
  if (!definition.ok) throw new Error(JSON.stringify(definition));
  const start = () =>
    session.workflows.start({ definition: definition.loaded, file: 'chain.yaml', input: {}, actor: 'test' });
  const answers = await Promise.all(Array.from({ length: runsMax }, start));

  return answers.map((answer) => answer.run);
}

/** Waits until so many more events were acknowledged. */
async function progress(events: number): Promise<void> {
  const goal = acked.length + events;
  await expect.poll(() => acked.length, { timeout: 40_000 }).toBeGreaterThan(goal);
}

async function expectAllComplete(runs: readonly string[]): Promise<void> {
  const statuses = async () => {
    const mine = (await session.workflows.list()).filter(({ run }) => runs.includes(run));

    return mine.map(({ head }) => head.status);
  };
  await expect.poll(statuses, { timeout: 60_000, interval: 500 }).toEqual(runs.map(() => 'COMPLETED'));
}

/** What was acknowledged stands where it was said to, byte for byte, and every run replays exactly. */
async function expectNothingLost(runs: readonly string[]): Promise<void> {
  const stored = new Map<number, string>();
  for (const run of runs) {
    for await (const { position, body } of observer.journal.read(run)) stored.set(position, body);
    expect((await session.workflows.replay(run)).differences).toEqual([]);
  }
  const lost = acked.filter(({ run, position, body }) => runs.includes(run) && stored.get(position) !== body);
  expect(lost).toEqual([]);
  expect(new Set(acked.map(({ id }) => id)).size).toBe(acked.length);
}

/** The engine holds every shard, and answers commands. */
async function expectAtWork(): Promise<void> {
  const shards = async () => {
    const keys = [...(await observer.leases.holders()).keys()];

    return keys.filter((key) => key.startsWith('shard.')).length;
  };
  await expect.poll(shards, { timeout: 20_000 }).toBe(SHARDS);
  const [run = ''] = await startRuns(chainOf(1));
  await expectAllComplete([run]);
}
