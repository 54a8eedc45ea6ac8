// What docs/events-in.md and docs/executions.md tell, done as a reader would: its definition, its commands and its
// programs, taken from the page. Method: the built command line, `workflow serve` and a real server, each a process.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Database, openSqlite } from '../support/databases.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, type Finished, runProgram } from './station.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const soon = { timeout: 30_000, interval: 100 };
vi.setConfig({ testTimeout: 120_000 });
const trigger = 'lead_qualification';
let server: TestServer;
let folder: string;
let engine: ChildProcess;
let page: string;
let database: Database;

beforeAll(async () => {
  server = await startTestServer();
  database = openSqlite();
  page = await readFile(join(root, 'docs/events-in.md'), 'utf8');
  folder = await mkdtemp(join(tmpdir(), 'workflow-executions-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(join(folder, 'definitions', 'lead-check.yaml'), blockOf('yaml'));
  engine = spawn(process.execPath, [builtCli, 'serve'], { cwd: folder, env: environment() });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    engine.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('engine ready')) resolve();
    });
    engine.once('exit', () => reject(new Error(said)));
  });
});
afterAll(async () => {
  const gone = new Promise((resolve) => engine.once('exit', resolve));
  engine.kill('SIGTERM');
  await gone;
  await server.stop();
  database.stop();
  await rm(folder, { recursive: true, force: true });
});

function environment(): NodeJS.ProcessEnv & Readonly<Record<string, string>> {
  return { PATH: process.env['PATH'] ?? '', NATS_URL: server.url, USER: 'ana' };
}

/** The first block of the page in this language. */
function blockOf(language: string): string {
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
}

function cli(...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: folder, env: environment() });
}

type Outcome = {
  readonly status: string;
  readonly position: number;
  readonly effects: readonly { readonly kind: string; readonly run?: string; readonly code?: string }[];
};

async function emitted(...args: readonly string[]): Promise<Outcome> {
  const { stdout, stderr } = await cli('emit', 'lead.captured', '--wait', '--json', ...args);
  if (stdout === '') throw new Error(stderr);

  return JSON.parse(stdout);
}

function published(program: string, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(program, args, {
    cwd: root,
    env: environment(),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);

  return stdout;
}

test('an event that is emitted starts one run per key, and the run says what started it', async () => {
  const lead = ['--data', '{"lead_id": "L-1", "budget": 4000}'];
  const first = await emitted(...lead, '--id', 'first', '--source', '/crm');
  expect(first).toMatchObject({ status: 'taken', effects: [{ kind: 'started' }] });
  const run = first.effects[0]?.run ?? '';
  expect(await emitted(...lead)).toMatchObject({ status: 'taken', effects: [{ kind: 'already', run }] });

  const by = 'event lead.captured (id first from /crm), trigger lead_qualification';
  expect((await cli('show', run)).stdout).toMatch(
    new RegExp(`^started by +${by.replace(/[()]/g, '\\$&')}$`, 'm'),
  );
  expect((await cli('history', run)).stdout).toContain(`by ${by}`);
  expect(JSON.parse((await cli('show', run, '--json')).stdout)).toMatchObject({
    trigger,
    triggerRef: { kind: 'event', id: trigger, event: { id: 'first' } },
  });
  expect(JSON.parse((await cli('list', '--where', `trigger=${trigger}`, '--json')).stdout)).toMatchObject({
    total: 1,
  });
});

test('what nobody wants, or cannot be had, is told with the reason', async () => {
  const cold = await emitted('--data', '{"lead_id": "L-2", "budget": 1}');
  expect(cold).toMatchObject({ status: 'ignored', effects: [{ code: 'trigger.unmet' }] });
  expect((await cli('events', 'show', String(cold.position))).stdout).toContain('event.data.budget = 1');
  expect(await cli('emit', 'lead.captured', '--data', '{"budget": 4000}', '--wait')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('refused'),
  });
  const refused = JSON.parse((await cli('events', 'list', '--status', 'refused', '--json')).stdout);
  expect(refused).toMatchObject({ items: [{ effects: [{ kind: 'refused' }] }] });
});

test('the programs of the page publish events that start runs', async () => {
  const js = published(process.execPath, ['--input-type=module', '-e', blockOf('js')]);
  expect(js).toContain('WF_DEFAULT_EVENTS');
  const path = `import sys; sys.path.insert(0, "python/src")\n`;
  expect(published('python3', ['-c', `${path}${blockOf('python')}`])).toContain('WF_DEFAULT_EVENTS');
  for (const id of ['L-8', 'L-9']) {
    await expect
      .poll(
        async () => JSON.parse((await cli('events', '--json', '--type', 'lead.captured')).stdout).items,
        soon,
      )
      .toContainEqual(expect.objectContaining({ status: 'taken', event: expect.objectContaining({ id }) }));
  }
});

test('the record of executions loads into SQLite, again and again', async () => {
  await expect
    .poll(async () => (await cli('executions', '--trigger', trigger, '--format', 'csv')).stdout, soon)
    .toMatch(/^id,.*\r\n(.*,completed,.*\r\n){3}$/);
  for (let times = 0; times < 2; times++) database.load((await cli('executions', '--format', 'sql')).stdout);
  expect(
    database.rows('SELECT trigger_id, execution_status, count(*) FROM workflow_executions GROUP BY 1, 2'),
  ).toEqual([[trigger, 'completed', 3]]);
  expect(JSON.parse((await cli('executions', '--summary', '--json')).stdout)).toMatchObject({
    items: [{ trigger, runs: 3, completed: 3, successRate: 1 }],
  });
});
