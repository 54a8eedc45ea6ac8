// The stream of the journal is the only truth. Method: runs of every kind are brought as far as they come by a real
// engine on a real server, and what can be asked of them is written down. Then everything that is only a copy is taken
// away, all buckets with it, another engine takes over, and the same questions have to have the same answers, byte for
// byte; then every run goes on to its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { canonicalJson } from '../../events/canonical-json.ts';
import { createCharts } from '../../src/engine/run-reader/charts.ts';
import { loadRun, replayRun } from '../../src/engine/run-reader/load-run.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });

/** What has no other copy. */
const kept: Readonly<Record<string, string>> = {
  WF_DEFAULT_JOURNAL: 'the truth',
  OBJ_WF_DEFAULT_BLOBS:
    'values that are too large for a record, written once; the journal names each by its digest',
  WF_DEFAULT_EVENTS: 'events from outside: what the world said, before any run had it',
  WF_DEFAULT_OUTCOMES: 'what became of these events; most lead to no run at all',
};
/** What is made again from the journal or by going on, or what runs can be read and go on without. */
const dropped: Readonly<Record<string, string>> = {
  KV_WF_DEFAULT_LIMITS: 'who has a place: whoever asks for one has those that were admitted ask first',
  KV_WF_DEFAULT_SECRETS: 'the secret inputs of open runs: that the journal does not have them is the promise',
  KV_WF_DEFAULT_AGENTS: 'which agents are drained: whoever wants that says so again',
  KV_WF_DEFAULT_LEASES: 'who works on what: whoever lives claims it again',
  KV_WF_DEFAULT_SNAPSHOTS: 'runs that were folded once already',
  KV_WF_DEFAULT_TRIGGERS: 'how far schedules and what is told of runs have come: both go on from now',
  KV_WF_DEFAULT_ENGINE:
    'the key that workers are known by: there is another one, and their items are offered anew',
  WF_DEFAULT_WORK: 'the queues of agents: what is open is offered again',
};

const definitions: Readonly<Record<string, string>> = {
  signing:
    'tasks: [{id: sign, type: HUMAN, wait_for_approval: true}, {id: done, type: NOOP, depends_on: sign}]',
  parent: `output: {bytes: "\${call.output.bytes}"}
  tasks: [{id: call, type: SUB_WORKFLOW, workflow: child}]`,
  child: `output: {bytes: "\${size(big.output.text)}"}
  tasks:
    - {id: big, run: {command: [node, -e, 'console.log(JSON.stringify({text: "x".repeat(200000)}))']}}`,
  undone: `tasks:
    - {id: book, type: NOOP, compensate: unbook}
    - {id: unbook, type: NOOP}
    - {id: breaks, depends_on: book, retry_policy: {max_attempts: 2, initial_delay: 10ms}, run: {command: ['false']}}`,
  long: `tasks:
    - {id: again, type: DO_WHILE, max_iterations: 1000, loop_condition: "loop.iteration < 260", tasks: [{id: one, type: TRANSFORM, output: {n: "\${loop.iteration}"}}]}
    - {id: ask, type: HUMAN, wait_for_approval: true, depends_on: again}`,
  alone: `concurrency: {limit: 1, on_limit: queue}
  tasks: [{id: hold, type: WAIT, signal: go}]`,
  assigned: 'tasks: [{id: scan, assigned_to: SCANNER}]',
  secretive: `input: {properties: {pin: {type: string, secret: true}}, required: [pin]}
  tasks: [{id: noted, type: TRANSFORM, output: {size: "\${size(workflow.input.pin)}"}}]`,
  triggered: `triggers: [{event: lead.captured, id: leads, input: {lead: "\${event.data.lead}"}}, {cron: '0 0 1 1 *', id: yearly}]
  input: {properties: {lead: {type: string, default: none}}}
  tasks: [{id: seen, type: TRANSFORM, output: {lead: "\${workflow.input.lead}"}}]`,
};

let server: TestServer;
let folder: string;
let connection: NatsConnection;
let stream: JetStreamHandle;
let engine: ChildProcess | undefined;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'workflow-rebuild-'));
  await mkdir(join(folder, 'definitions'));
  for (const [id, rest] of Object.entries(definitions)) {
    const text = `workflow:\n  id: ${id}\n  version: 1\n  ${rest}\n`;
    await writeFile(join(folder, 'definitions', `${id}.yaml`), text);
  }
  connection = await connect({ servers: server.url });
  stream = await connectJetStream({ url: server.url });
});
afterAll(async () => {
  await stop();
  await stream.close();
  await connection.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function environment() {
  return { ...process.env, NATS_URL: server.url, WORKFLOW_USER: 'ana', WORKFLOW_INPUT_PIN: '12345' };
}

async function cli(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(builtCli, args, { cwd: folder, env: environment() });
  if (code !== 0) throw new Error(`workflow ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`);

  return stdout;
}

async function serve(): Promise<void> {
  engine = spawn(process.execPath, [builtCli, 'serve'], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  engine.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 60_000 }).toContain('engine ready');
}

async function stop(): Promise<void> {
  if (engine?.exitCode === null && engine.kill('SIGTERM')) await once(engine, 'close');
  engine = undefined;
}

async function started(id: string, ...args: readonly string[]): Promise<string> {
  return JSON.parse(await cli('start', id, ...args, '--detach', '--json')).run;
}

/** Waits until the run, as its journal tells it, says so. */
async function until(run: string, said: string): Promise<void> {
  const charts = createCharts(stream.definitions);
  const state = async () => canonicalJson((await loadRun(stream.journal, charts, run)).run.state);
  await expect.poll(() => state().catch(String), { timeout: 60_000, interval: 100 }).toContain(said);
}

/** Those that have not ended, by what they wait for. */
const open = { approval: '', place: '', queued: '', agent: '', long: '' };

/** Brings runs of every kind as far as they come. */
async function bringAbout(): Promise<void> {
  const approved = await started('signing');
  open.approval = await started('signing');
  await until(open.approval, '"pending_approval"');
  await cli('approve', approved, '--detach');
  await cli('definitions', 'publish', await signing(2, 'sign'), '--reason', 'twice', '--accept-differences');
  await until(await started('parent'), '"COMPLETED"');
  await until(await started('undone'), '"FAILED"');
  open.place = await started('alone');
  await until(open.place, '"awaiting"');
  open.queued = await started('alone');
  await until(open.queued, '"queued"');
  open.agent = await started('assigned');
  await until(open.agent, '"scheduled"');
  await until(await started('secretive'), '"COMPLETED"');
  await cli('emit', 'lead.captured', '--data', '{"lead": "L-1"}', '--wait', '--json');
  open.long = await started('long');
  await until(open.long, '"pending_approval"');
  // Snapshots are kept a little later.
  await expect.poll(streams, { timeout: 60_000 }).toContain('KV_WF_DEFAULT_SNAPSHOTS');
}

/** A version of a definition in a file beside those of the project. */
async function signing(version: number, task: string): Promise<string> {
  const file = join(folder, `signing-${version}.yaml`);
  const text = `workflow:\n  id: signing\n  version: ${version}\n  tasks: [{id: ${task}, type: NOOP}]\n`;
  await writeFile(file, text);

  return file;
}

async function streams(): Promise<readonly string[]> {
  const jetstream = await jetstreamManager(connection);
  const names: string[] = [];
  for await (const { config } of jetstream.streams.list()) names.push(config.name);

  return names.sort();
}

/** Everything that can be asked of the runs, with what is written into files. */
async function answers(): Promise<Readonly<Record<string, string>>> {
  const list = await cli('list', '--limit', '100', '--json');
  const runs = (JSON.parse(list).items as readonly { readonly run: string }[]).map(({ run }) => run).sort();
  const charts = createCharts(stream.definitions);
  const told: Record<string, string> = {
    list,
    definitions: await cli('definitions', 'list', '--json'),
    published: await cli('definitions', 'show', 'signing@2', '--json'),
    status: await cli('status', '--json'),
    executions: await cli('executions', '--format', 'json'),
    approvals: await cli('approvals', 'list', '--json'),
    'state file': await readFile(join(folder, '.3ox', 'workflow.state.yaml'), 'utf8').catch(String),
  };
  for (const run of runs) {
    // How long a task has been open by now is another number each time it is asked.
    told[`show ${run}`] = (await cli('show', run, '--json')).replaceAll(/"elapsedMs": \d+,?/g, '');
    told[`state of ${run}`] = canonicalJson((await loadRun(stream.journal, charts, run)).run.state);
    await replayRun(stream.journal, charts, run);
  }

  return told;
}

test('everything but the truth is dropped, and what is rebuilt is the same byte for byte', async () => {
  await serve();
  await bringAbout();
  await stop();
  const before = await answers();
  expect(Object.keys(before).length).toBeGreaterThan(20);
  expect(await streams()).toEqual([...Object.keys(kept), ...Object.keys(dropped)].sort());

  const jetstream = await jetstreamManager(connection);
  for (const name of Object.keys(dropped)) await jetstream.streams.delete(name);
  await rm(join(folder, '.3ox'), { recursive: true });
  await serve();
  await stop();
  expect(await answers()).toEqual(before);

  await serve();
  await goOn();
  await startAnew();
});

/** Every run that waits is given what it waits for. */
async function goOn(): Promise<void> {
  const { approval, place, queued, agent, long } = open;
  await expect.poll(() => stream.slots.isComplete(), { timeout: 60_000 }).toBe(true);
  expect(await stream.slots.holders('alone')).toEqual([place]);
  for (const run of [approval, long]) await cli('approve', run, '--detach');
  await cli('complete', agent, 'scan', '--detach');
  await until(queued, '"queued"');
  await cli('signal', place, 'go', '--detach');
  await until(queued, '"awaiting"');
  await cli('signal', queued, 'go', '--detach');

  for (const run of Object.values(open)) await until(run, '"COMPLETED"');
}

/** What was published is there without its files, and no number is given twice. */
async function startAnew(): Promise<void> {
  await rm(join(folder, 'definitions', 'signing.yaml'));
  const run = await started('signing');
  await until(run, '"COMPLETED"');
  expect(JSON.parse(await cli('show', run, '--json')).definition).toMatchObject({ version: 2 });
  await expect(cli('definitions', 'publish', await signing(2, 'other'))).rejects.toThrow(
    'registered with other content',
  );
  await cli('definitions', 'publish', await signing(3, 'next'), '--accept-differences');
  await until(await started('signing'), '"next"');
}
