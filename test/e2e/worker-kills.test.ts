// Whatever dies in the middle of the tasks of agents, every run ends right and nothing that is done is done again.
// Method: a real server, an engine that is the built command line, a worker in TypeScript and one in Python, each with
// four runs in the middle of a task; then SIGKILL of the worker processes, the engine, the server, in every combination
// and every order, all of them down at a time. Half of the tasks may end while all that was killed is down, the others
// only when all is back.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import {
  engineProcess,
  isPythonThere,
  type Language,
  readCarriedOut,
  workerProcess,
} from './worker-processes.ts';

type Victim = 'workers' | 'engine' | 'server';
type Mortal = { readonly kill9: () => Promise<void>; readonly start: () => Promise<void> };

const orders: readonly (readonly Victim[])[] = [
  ['workers'],
  ['engine'],
  ['server'],
  ['workers', 'engine'],
  ['engine', 'workers'],
  ['workers', 'server'],
  ['server', 'workers'],
  ['engine', 'server'],
  ['server', 'engine'],
  ['workers', 'engine', 'server'],
  ['workers', 'server', 'engine'],
  ['engine', 'workers', 'server'],
  ['engine', 'server', 'workers'],
  ['server', 'workers', 'engine'],
  ['server', 'engine', 'workers'],
];
const languages: readonly Language[] = isPythonThere ? ['typescript', 'python'] : ['typescript'];
if (!isPythonThere) process.stdout.write('no python3 here: only workers in TypeScript are killed\n');
const runsOfEach = 4;
/** Three tasks one after the other; the one in the middle ends when its gate is there. */
const ends = ['before/1', 'gated/1', 'after/1'];

test.each(orders.map((order) => [order.join(', then the '), order] as const))(
  'all runs end right and once after SIGKILL of the %s in the middle of a task',
  async (_name, order) => {
    const place = await bringUp();
    const { mortals, gates, workflows, stream, effects } = place;
    const runs = await startRuns(place);
    await expect.poll(async () => inTheMiddle(await begun(place)), { timeout: 30_000 }).toBe(runs.length);

    for (const victim of order) await mortals[victim].kill9();
    await writeFile(gates.early, '');
    await Promise.all(order.map((victim) => mortals[victim].start()));
    await writeFile(gates.late, '');

    for (const run of runs) {
      const status = async () => (await workflows.view(run).catch(() => undefined))?.state.status;
      await expect.poll(status, { timeout: 60_000, interval: 200 }).toBe('COMPLETED');
      expect((await workflows.replay(run)).differences).toEqual([]);
    }
    const carriedOut = await readCarriedOut(stream.journal, effects, place.killed());
    expect([...carriedOut.ends].sort()).toEqual(
      runs.flatMap((run) => ends.map((end) => `${run}/${end}`)).sort(),
    );
    expect(carriedOut.wrongs).toEqual([]);
    // What no worker died of is not begun again; where workers died, exactly what they had under way is.
    const again = order.includes('workers') ? runs.map((run) => `${run}/gated/1`) : [];
    expect([...carriedOut.begunAgain].sort()).toEqual([...again].sort());
  },
  180_000,
);

type Place = Awaited<ReturnType<typeof bringUp>>;

async function bringUp() {
  const cwd = await mkdtemp(join(tmpdir(), 'workflow-kills-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await mkdir(join(cwd, 'engine'));
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const stream: JetStreamHandle = await connectJetStream({ url: server.url, namespace: 'kills' });
  onTestFinished(() => stream.close());
  const effects = join(cwd, 'effects.txt');
  const gates = { early: join(cwd, 'early'), late: join(cwd, 'late') };
  const env = { NATS_URL: server.url, WORKFLOW_NAMESPACE: 'kills', EFFECTS: effects, WORK_MS: '0' };
  const engine = engineProcess({ cwd: join(cwd, 'engine'), env });
  const workers = languages.map((language) =>
    workerProcess(language, [{ agent: language, skills: [], capacity: runsOfEach }], { cwd, env }),
  );
  const workflows = createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 15_000 });
  for (const each of [engine, ...workers]) {
    onTestFinished(() => each.kill9());
    await each.start();
  }
  const mortals: Readonly<Record<Victim, Mortal>> = {
    engine,
    server: { kill9: server.kill9, start: server.restart },
    workers: {
      kill9: async () => void (await Promise.all(workers.map(({ kill9 }) => kill9()))),
      start: async () => void (await Promise.all(workers.map(({ start }) => start()))),
    },
  };

  return {
    effects,
    gates,
    stream,
    workflows,
    mortals,
    killed: () => new Set(workers.flatMap(({ killed }) => [...killed])),
  };
}

async function startRuns({ workflows, gates }: Place): Promise<readonly string[]> {
  const started = languages.flatMap((language) =>
    Array.from({ length: runsOfEach }, async (_, index) => {
      const gate = index % 2 === 0 ? gates.early : gates.late;
      const definition = relay(language);
      const input = { gate };
      const answer = await workflows.start({ definition, file: 'relay', input, actor: 'test' });
      if (!answer.ok) throw new Error(answer.refusal.message);
      return answer.run;
    }),
  );

  return Promise.all(started);
}

function relay(agent: Language) {
  const content = `
workflow:
  id: relay-${agent}
  version: 1
  input: { required: [gate] }
  tasks:
    - { id: before, assigned_to: ${agent} }
    - { id: gated, assigned_to: ${agent}, depends_on: before, input: { gate: "\${workflow.input.gate}" } }
    - { id: after, assigned_to: ${agent}, depends_on: gated }
`;
  const result = loadDefinition({ file: 'relay.yaml', content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return result.loaded;
}

async function begun({ effects }: Place): Promise<readonly string[]> {
  return (await readFile(effects, 'utf8').catch(() => '')).split('\n');
}

function inTheMiddle(lines: readonly string[]): number {
  return lines.filter((line) => line.includes('/gated/1 ')).length;
}
