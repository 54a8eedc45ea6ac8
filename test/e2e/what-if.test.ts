// A changed definition from the first look to the last run: held against what was recorded, registered, and runs under
// way moved to it, each command in a process of its own, on a real server. Method: an engine serves the runs all along.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, type Finished, runProgram } from './station.ts';

let server: TestServer;
let project: string;
let env: Readonly<Record<string, string>>;
let engine: ReturnType<typeof spawn>;

beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-what-if-'));
  env = { ...(process.env as Record<string, string>), NATS_URL: server.url, LANG: 'C.UTF-8' };
  await mkdir(join(project, 'definitions'));
  await writeFile(join(project, 'definitions', 'release.yaml'), release(1, 3));
  engine = spawn(process.execPath, [builtCli, 'serve'], {
    cwd: project,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let stderr = '';
    engine.stderr?.on('data', (text: Buffer) => {
      stderr += text;
      if (stderr.includes('engine ready')) resolve();
    });
    engine.once('close', () => reject(new Error(`the engine ended: ${stderr}`)));
  });
});
afterAll(async () => {
  const ended = new Promise((resolve) => engine.once('close', resolve));
  engine.kill('SIGTERM');
  await ended;
  await server.stop();
  await rm(project, { recursive: true, force: true });
});

/** Counts the letters of a word, asks somebody, and announces long ones. */
const release = (version: number, long: number, more = '') => `
workflow:
  id: release
  version: ${version}
  input: { required: [word] }
  tasks:
    - { id: count, run: { command: [sh, -c, 'printf "%s" "$0" | wc -c', "\${workflow.input.word}"] } }
    - { id: agree, type: HUMAN, wait_for_approval: true, depends_on: count }
    - { id: announce, type: NOOP, depends_on: agree, when: 'count.output > ${long}' }${more}
`;
const thanks = '\n    - { id: thank, type: NOOP, depends_on: announce }';

test('from what-if to a run that goes on by the new version', { timeout: 120_000 }, async () => {
  const over = (await cli('start', 'release', '--word', 'four', '--detach')).stdout.trim();
  await waits(over);
  await cli('approve', over, 'agree');
  const open = (await cli('start', 'release', '--word', 'sixsix', '--detach')).stdout.trim();
  await waits(open);

  await writeFile(join(project, 'new.yaml'), release(2, 5, thanks));
  const against = await cli('replay', '--all', '--against', 'new.yaml', '--json');
  expect(against.code).toBe(7);
  expect(JSON.parse(against.stdout)).toMatchObject({ total: 2, same: 1, diverging: 1 });
  expect(await cli('definitions', 'publish', 'new.yaml')).toMatchObject({
    code: 7,
    stdout: expect.stringContaining(
      'the condition of announce is false instead of true; it would end COMPLETED',
    ),
  });

  const published = await cli('definitions', 'publish', 'new.yaml', '--accept-differences', '--migrate');
  expect(published).toMatchObject({ code: 0, stdout: expect.stringContaining('migrated (event') });
  await cli('approve', open, 'agree');
  await expect.poll(async () => (await shown(open)).status, { timeout: 30_000 }).toBe('COMPLETED');
  const { definition, tasks } = await shown(open);
  expect(definition.version).toBe(2);
  expect(tasks.map(({ id, status }) => `${id} ${status}`)).toContain('thank COMPLETED');
  expect((await shown(over)).definition.version).toBe(1);
  expect(await cli('replay', '--all')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('0 differ'),
  });
});

async function waits(run: string): Promise<void> {
  const asked = async () => (await shown(run)).waitsFor.map(({ task }) => task);
  await expect.poll(asked, { timeout: 30_000 }).toEqual(['agree']);
}

type Shown = {
  readonly status: string;
  readonly definition: { readonly version: number };
  readonly tasks: readonly { readonly id: string; readonly status: string }[];
  readonly waitsFor: readonly { readonly task?: string }[];
};

async function shown(run: string): Promise<Shown> {
  return JSON.parse((await cli('show', run, '--json')).stdout);
}

function cli(...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: project, env });
}
