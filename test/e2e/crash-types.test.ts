// kill -9 and every type of task: two definitions, one that completes and one that fails and is undone, with the runs
// that they start. Method as in crash.test.ts: the built command line is killed right after event n, then everything
// that is left is resumed, each run by a process of its own. By default every few events, CRASH_EVERY=1 for every one.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { isFinal, statusOf } from '../../machines/compile/task-status.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/adapters/jetstream/connect.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import type { Workflows } from '../../src/ports/workflows.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { partsOf } from '../support/stream-parts.ts';
import { crashingCli, type Finished, runProgram } from './station.ts';

const definitions = fileURLToPath(new URL('./definitions', import.meta.url));
const everyNth = Number(process.env['CRASH_EVERY'] ?? '6');
const sideBySide = 4;

let nats: TestServer;
let web: Server;
let url = '';
let folder = '';

beforeAll(async () => {
  nats = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'workflow-crash-'));
  web = createServer((_request, response) => response.end('{"ok": true}')).listen(0, '127.0.0.1');
  await new Promise((resolve) => web.once('listening', resolve));
  const address = web.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`;
});
afterAll(async () => {
  web.close();
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  { name: 'every-type', flags: () => ['--url', url], status: 'COMPLETED', runs: 3 },
  { name: 'undone', flags: () => [], status: 'FAILED', runs: 3 },
])(
  '$name: killed after any event, it comes to the same end',
  async ({ name, flags: flagsOf, status, runs }) => {
    const flags = flagsOf();
    const whole = await course(name, flags, 0);
    expect(whole.ends).toHaveLength(runs);
    expect(whole.ends).toContainEqual(expect.objectContaining({ definition: name, status }));
    expect(whole.differences).toBe(0);

    const indexes = Array.from({ length: whole.appends }, (_, index) => index + 1).filter(
      (index) => index % everyNth === 1 % everyNth,
    );
    await inLanes(indexes, async (index) => {
      const crashed = await course(name, flags, index);
      const when = `${name} killed after event ${index} of ${whole.appends}`;
      // The last events are those of runs that were left behind: no process may be there any more to be killed.
      if (index < whole.appends - 3) expect(crashed.killed, when).toBe(true);
      expect(crashed.ends, when).toEqual(whole.ends);
      expect(crashed.effects, when).toEqual(whole.effects);
      expect(crashed.repeated, when).toEqual([]);
      expect(crashed.differences, when).toBe(0);
    });
  },
  600_000,
);

type Course = {
  readonly killed: boolean;
  /** Every run, by its definition and the task that it was started for. */
  readonly ends: readonly Json[];
  /** The attempts with a side effect, without the ids of their runs. */
  readonly effects: readonly string[];
  readonly repeated: readonly string[];
  readonly differences: number;
  /** Events of all runs. */
  readonly appends: number;
};

async function course(name: string, flags: readonly string[], crash: number): Promise<Course> {
  const namespace = `${name}-${crash}`;
  const cwd = join(folder, namespace);
  await mkdir(cwd);
  const effects = join(cwd, 'effects.txt');
  const env = {
    NATS_URL: nats.url,
    WORKFLOW_NAMESPACE: namespace,
    EFFECTS: join(cwd, 'begun.txt'),
    STARTS: 'never',
  };
  const cli = (args: readonly string[], more = {}): Promise<Finished> =>
    runProgram(crashingCli, args, { cwd, env: { ...env, ...more } });
  const stream = await connectJetStream({ url: nats.url, namespace });
  try {
    for (const each of ['called', 'waiting']) await register(stream, each);
    const workflows = createWorkflows({ ...partsOf(stream), newRunId: () => '', answerTimeoutMs: 1_000 });
    const start = ['start', join(definitions, `${name}.yaml`), '--effects', effects, ...flags];
    const { signal } = await cli(start, { CRASH: `append:${crash}` });
    const [completed, before] = [await completedKeys(workflows), (await keysIn(effects)).length];
    await resumeAll(workflows, cli);
    const keys = await keysIn(effects);

    return {
      killed: signal === 'SIGKILL',
      ...(await endsOf(workflows)),
      effects: [...new Set(keys)].map((key) => key.slice(key.indexOf('/') + 1)).sort(),
      repeated: keys.slice(before).filter((key) => completed.has(key)),
    };
  } finally {
    await stream.close();
  }
}

/** The run that was asked for, then what it left behind: runs that it only started, answers to its failure. */
async function resumeAll(
  workflows: Workflows,
  cli: (args: readonly string[]) => Promise<Finished>,
): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    const open = (await workflows.list()).filter(({ head }) => !isFinal(head.status));
    const states = await Promise.all(open.map(({ run }) => workflows.view(run)));
    const next = states.find(({ state }) => state.parent === undefined) ?? states[0];
    if (next === undefined) return;
    const { code, stderr } = await cli(['resume', next.run]);
    if (code === 3) throw new Error(stderr);
  }
}

async function completedKeys(workflows: Workflows): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const { run } of await workflows.list()) {
    for await (const entry of workflows.history(run)) {
      if (!('record' in entry) || entry.record.type !== 'task.completed') continue;
      const { task, attempt } = entry.record.data.fact;
      keys.add(`${run}/${String(task)}/${String(attempt)}`);
    }
  }

  return keys;
}

async function endsOf(workflows: Workflows): Promise<Pick<Course, 'ends' | 'differences' | 'appends'>> {
  let [differences, appends] = [0, 0];
  const ends: { readonly definition: string; readonly [key: string]: Json }[] = [];
  for (const { run } of await workflows.list()) {
    const { state, sequence } = await workflows.view(run);
    appends += sequence;
    differences += (await workflows.replay(run)).differences.length;
    const tasks = Object.entries(state.tasks).map(([id, task]) => [id, statusOf(task.state)]);
    ends.push({
      definition: state.definition.id,
      for: state.parent?.task ?? '',
      status: state.status,
      output: state.output ?? null,
      tasks: Object.fromEntries(tasks),
    });
  }
  const order = (end: Json) => JSON.stringify(end);

  return { ends: ends.sort((a, b) => order(a).localeCompare(order(b))), differences, appends };
}

async function register({ definitions: store }: JetStreamHandle, name: string): Promise<void> {
  const content = await readFile(join(definitions, `${name}.yaml`), 'utf8');
  const result = loadDefinition({ file: `${name}.yaml`, content });
  if (!result.ok) throw new Error(`${name} does not load`);
  await store.register({ ref: result.loaded.ref, text: content, file: `${name}.yaml` });
}

async function keysIn(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
}

async function inLanes(indexes: readonly number[], act: (index: number) => Promise<void>): Promise<void> {
  const left = [...indexes];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
}
