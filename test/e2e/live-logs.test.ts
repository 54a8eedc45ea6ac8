// `workflow logs --follow` tells what a command prints while it runs, and each line once. Method: the built command
// line in a project of its own on a real server; a command that waits for a file, so that what came before it is live.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const secret = 'tok-5f3a9c1e77-of-the-run';
const talk = `workflow:
  id: talk
  version: 1
  input: {properties: {token: {type: string, secret: true}}, required: [token]}
  tasks:
    - id: slow
      timeout: 5m
      run:
        shell: sh
        command: ['while [ ! -e heard ]; do echo "on the way with $TOKEN" >&2; sleep 0.3; done; echo "last words" >&2']
        env: {TOKEN: "\${workflow.input.token}"}
    - {id: next, depends_on: slow, run: {shell: sh, command: ['echo quick >&2']}}
`;

let server: TestServer;
let project = '';
beforeAll(async () => {
  server = await startTestServer();
  project = await mkdtemp(join(tmpdir(), 'workflow-live-'));
  await writeFile(join(project, 'talk.yaml'), talk);
});
afterAll(async () => {
  await server.stop();
  await rm(project, { recursive: true, force: true });
});

const place = () => ({ cwd: project, env: { NATS_URL: server.url, WORKFLOW_INPUT_TOKEN: secret } });
type Line = {
  readonly event?: number;
  readonly live?: true;
  readonly task?: string;
  readonly stream?: string;
  readonly text: string;
};

test('lines come while the command runs, without secrets, and are not told again at its end', async () => {
  const running = runProgram(builtCli, ['start', 'talk.yaml'], place());
  await expect
    .poll(async () => (await runProgram(builtCli, ['list', '--json'], place())).stdout, { timeout: 60_000 })
    .toContain('talk');
  const following = spawn(process.execPath, [builtCli, 'logs', '@last', '--follow', '--json'], {
    cwd: project,
    env: { ...process.env, NATS_URL: server.url },
  });
  onTestFinished(() => void following.kill());
  let said = '';
  following.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString('utf8');
  });
  const ended = new Promise((resolve) => following.once('close', resolve));
  await expect.poll(() => said, { timeout: 60_000 }).toContain('"live":true');
  await writeFile(join(project, 'heard'), '');
  expect([await ended, (await running).code]).toEqual([0, 0]);

  expect(said).not.toContain(secret);
  const lines = said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const printed = lines.filter(({ stream }) => stream === 'stderr');
  const { stdout } = await runProgram(builtCli, ['logs', '@last', '--json'], place());
  const kept = (JSON.parse(stdout) as { readonly lines: readonly Line[] }).lines.filter(
    ({ stream }) => stream === 'stderr',
  );
  const inOrder = (all: readonly Line[]) =>
    all
      .filter(({ text }) => !text.startsWith('...'))
      .map(({ task, text }) => `${task}: ${text}`)
      .sort();
  expect(inOrder(printed)).toEqual(inOrder(kept));
  expect(printed.find(({ live }) => live === true)?.text).toMatch(
    /^(on the way with \*\*\*|\.\.\. \d+ lines)/,
  );
  // What ends at once comes with its end.
  expect(printed.find(({ task }) => task === 'next')).toMatchObject({
    event: expect.any(Number),
    text: 'quick',
  });
}, 300_000);

const asked = `workflow:
  id: asked
  version: 1
  tasks:
    - {id: ask, assigned_to: TALKER, timeout: 5m, input: {token: "\${workflow.input.token}"}}
  input: {properties: {token: {type: string, secret: true}}, required: [token]}
`;

test('so do those of the program of a worker, with their time, task and stream, without secrets', async () => {
  await writeFile(join(project, 'asked.yaml'), asked);
  await writeFile(join(project, 'agents.yaml'), 'agents: [{name: TALKER}]\n');
  const env = { ...process.env, NATS_URL: server.url };
  const say = `while [ ! -e answered ]; do echo "on the way with ${secret}" >&2; sleep 0.3; done`;
  const begin = (...args: readonly string[]) => {
    const child = spawn(process.execPath, [builtCli, ...args], { cwd: project, env });
    onTestFinished(() => void child.kill());
    return child;
  };
  begin('worker', 'TALKER', '--', 'sh', '-c', say);
  const running = runProgram(builtCli, ['start', 'asked.yaml'], place());
  await expect
    .poll(async () => (await runProgram(builtCli, ['list', '--json'], place())).stdout, { timeout: 60_000 })
    .toContain('asked');
  const following = begin('logs', '@last', '--follow');
  let said = '';
  following.stdout?.on('data', (bytes: Buffer) => {
    said += bytes.toString('utf8');
  });
  await expect
    .poll(() => said, { timeout: 60_000 })
    .toMatch(/^\S+ \d\d:\d\d:\d\d {2}ask {2}stderr {2}on the way with \*\*\*$/m);
  await writeFile(join(project, 'answered'), '');
  await running;

  expect(said).not.toContain(secret);
}, 300_000);
