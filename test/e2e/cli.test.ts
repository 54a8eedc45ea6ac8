// The built command line against a real server, each command a process of its own, as a person at a terminal uses it:
// what one process leaves, the next finds. Method: exit codes, both streams, and the files in the project.
import { execFile, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, type Finished, runProgram, smallStation } from './station.ts';

let server: TestServer;
let station: string;

beforeAll(async () => {
  server = await startTestServer();
  station = await smallStation();
  await writeFile(join(station, 'definitions', 'gated.yaml'), gated);
});
afterAll(async () => {
  await server.stop();
  await rm(station, { recursive: true, force: true });
});

/** Goes on for a minute, unless the file that is given is there. */
const gated = `
workflow:
  id: gated
  version: 1
  input: { required: [gate] }
  tasks:
    - { id: wait, timeout: 2m, run: { command: [sh, -c, 'test -f "$0" || exec sleep 60', '\${workflow.input.gate}'] } }
    - { id: after, type: NOOP, depends_on: wait }
`;
const inventory = ['start', 'inventory-validation-v1', '--target_folder', 'files', '--policy_file'] as const;

test('validates a folder, writes the receipt and the state file, and replays exactly', async () => {
  const ran = await cli(...inventory, 'pass.policy.yaml');
  expect(ran.stderr).toContain('scan_files completed');
  expect(ran.stdout).toContain('→ 0UT.3OX/VALIDATION.RECEIPT.yaml');
  expect(ran.code).toBe(0);
  expect(await readFile(join(station, '0UT.3OX/VALIDATION.RECEIPT.yaml'), 'utf8')).toContain('status: PASS');

  const run = await runId('@last');
  const states = load(await readFile(join(station, '.3ox/workflow.state.yaml'), 'utf8'));
  expect(states).toMatchObject({
    [run]: { status: 'COMPLETED', tasks: { scan_files: { status: 'COMPLETED' } } },
  });
  expect(await cli('replay', run)).toMatchObject({ code: 0, stdout: expect.stringContaining('exact') });
  const { events } = JSON.parse((await cli('history', run, '--json')).stdout);
  expect(events.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
    events.map((_: unknown, i: number) => i + 1),
  );
});

test('waits for the commander, and goes on in the process that approves', async () => {
  const waiting = await cli(...inventory, 'fail.policy.yaml');
  expect(waiting.code).toBe(6);
  const command = /workflow (approve \w+ alert_cmd_bridge)\n/.exec(waiting.stderr)?.[1] ?? '';
  expect(await cli(...command.split(' '))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('✓ completed'),
  });
  const twice = await cli(...command.split(' '), '--json');
  expect(twice).toMatchObject({ code: 5, stdout: '' });
  expect(JSON.parse(twice.stderr)).toMatchObject({ error: { code: 'run.closed', retryable: false } });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s never loses a run: it is resumed in another process',
  async (signal) => {
    const gate = join(station, `gate-${signal}`);
    const interrupted = await interruptedBy(signal, ['start', 'gated', '--gate', gate], 'wait running');
    expect(interrupted.code).toBe(130);
    const command = /workflow (resume \w+)\n/.exec(interrupted.stderr)?.[1] ?? '';
    await writeFile(gate, '');
    expect(await cli(...command.split(' '))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('✓ completed'),
    });
    expect(await cli(...command.split(' '))).toMatchObject({ code: 5 });
  },
);

test('hands a run to the engine that is running, and leaves it there', async () => {
  const engine = await started(['serve'], 'engine ready');
  try {
    const gate = join(station, 'gate-serve');
    const detached = await cli('start', 'gated', '--gate', gate, '--detach');
    expect(detached).toMatchObject({ code: 0, stderr: expect.not.stringContaining('no other engine') });
    const terminated = await cli('terminate', detached.stdout.trim(), '--yes', '--reason', 'seen enough');
    expect(terminated).toMatchObject({ code: 0, stdout: expect.stringContaining('terminated') });
    await writeFile(gate, '');
    expect(await cli('start', 'gated', '--gate', gate)).toMatchObject({ code: 0 });
  } finally {
    engine.end();
  }
  expect(await engine.ended).toMatchObject({ code: 0 });
});

test('a reader that has seen enough is no failure', async () => {
  const script = '"$0" "$1" help reference | head -n 1';
  const ran = await new Promise<string>((resolve) => {
    execFile('sh', ['-c', script, process.execPath, builtCli], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  expect(ran).toBe('# Command line\n');
});

test('an unreachable server is transient, and says so to programs', async () => {
  const ran = await cliWith({ NATS_URL: 'nats://127.0.0.1:1' }, 'list', '--json');
  expect(ran).toMatchObject({ code: 3, stdout: '' });
  expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'nats.unreachable', retryable: true } });
});

test('what is wrong with a command that names a file is found before any server is needed', async () => {
  const nowhere = { NATS_URL: 'nats://127.0.0.1:1' };
  const gatedFile = 'definitions/gated.yaml';
  expect((await cliWith(nowhere, '--help')).code).toBe(0);
  expect((await cliWith(nowhere, 'check', 'definitions')).code).toBe(0);
  expect((await cliWith(nowhere, 'start', gatedFile)).code).toBe(2);
  expect((await cliWith(nowhere, 'start', gatedFile, '--help')).stdout).toContain('--gate');
});

function cli(...args: readonly string[]): Promise<Finished> {
  return cliWith({}, ...args);
}

function cliWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: station, env: { ...environment(), ...env } });
}

function environment(): Readonly<Record<string, string>> {
  return { ...(process.env as Record<string, string>), NATS_URL: server.url, LANG: 'C.UTF-8' };
}

async function runId(name: string): Promise<string> {
  return JSON.parse((await cli('show', name, '--json')).stdout).run;
}

async function interruptedBy(
  signal: NodeJS.Signals,
  args: readonly string[],
  seen: string,
): Promise<Finished> {
  const running = await started(args, seen);
  running.end(signal);

  return running.ended;
}

/** Starts the command and resolves when it has written `seen` to stderr. */
function started(args: readonly string[], seen: string) {
  const child = spawn(process.execPath, [builtCli, ...args], {
    cwd: station,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const ended = new Promise<Finished>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  child.stdout.on('data', (text: Buffer) => {
    stdout += text;
  });

  return new Promise<{ readonly ended: Promise<Finished>; readonly end: (signal?: NodeJS.Signals) => void }>(
    (resolve, reject) => {
      child.stderr.on('data', (text: Buffer) => {
        stderr += text;
        if (stderr.includes(seen)) resolve({ ended, end: (signal = 'SIGTERM') => void child.kill(signal) });
      });
      ended.then(() => reject(new Error(`ended before "${seen}": ${stderr}`)), reject);
    },
  );
}
