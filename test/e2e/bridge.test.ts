// Agents type `@workflow` lines in a chat, and a station carries them out. Method: the built program in a project of
// its own with an engine on a real server; the chat is a file, the seeds' definition stands where the seeds put it, and
// the watcher is killed in the midst of it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type HttpStation, openHttpStation } from './http-station.ts';
import { builtCli, runProgram } from './station.ts';

const seed = readFileSync(
  new URL('../fixtures/seeds/inventory-validation-v1.workflow.yaml', import.meta.url),
  'utf8',
);
const patient = { timeout: 60_000, interval: 100 };
let station: HttpStation;

beforeAll(async () => {
  station = await openHttpStation({
    '.3ox.index/CORE/WORKFLOWS/inventory-validation.workflow.yaml': seed,
    'definitions/signed.yaml': `workflow:
  id: signed
  version: 1
  input: { required: [number] }
  tasks: [{ id: sign, type: HUMAN, wait_for_approval: true }]
`,
    'definitions/counted.yaml': `workflow:
  id: counted
  version: 1
  input: { required: [number] }
  tasks: [{ id: count, run: "true" }]
`,
  });
}, 60_000);
afterAll(() => station.close());

const env = () => ({ NATS_URL: station.natsUrl, USER: 'ana' });
const bridge = (...args: readonly string[]) =>
  runProgram(builtCli, ['bridge', ...args], { cwd: station.project, env: env() });

test('starts the workflow of the seeds by the line of the seeds, and tells how it is', async () => {
  const line = '@workflow inventory-validation-v1 target_folder=0UT.3OX';
  const missing = await bridge(line);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('policy_file') });

  const started = await bridge(`${line} policy_file=.3ox.index/POLICY/INVENTORY.POLICY.md`);
  expect(started).toMatchObject({ code: 0 });
  const [, run = ''] = /^inventory-validation-v1 v1 is started as run (\S+)\n$/.exec(started.stdout) ?? [];
  expect(run).not.toBe('');

  expect((await bridge(`@workflow status ${run}`)).stdout).toContain('inventory-validation-v1 v1');
  expect((await bridge('@workflow list limit=1')).stdout).toContain('inventory-validation-v1');
  expect((await bridge('@workflow nobody')).stderr).toContain('error [definition.not-found]');
});

test('approves what a run asks for, by the rights of whoever is named', async () => {
  const { stdout } = await bridge('@workflow signed number=1');
  const run = stdout.trim().split(' ').at(-1) ?? '';
  await expect.poll(async () => (await bridge('@workflow approvals')).stdout, patient).toContain('sign');

  expect(await bridge(`@workflow approve ${run} sign comment="go on"`, '--as', 'CMD.BRIDGE')).toMatchObject({
    code: 0,
  });
  const { stdout: history } = await runProgram(builtCli, ['history', run], {
    cwd: station.project,
    env: env(),
  });
  expect(history).toContain('by CMD.BRIDGE: go on');
});

test('each line of a chat is carried out once and answered once, though the watcher is killed and the chat replaced', async () => {
  const chat = join(station.project, 'CMD.BRIDGE.chat');
  await writeFile(chat, 'ana: good morning\n@workflow counted number=0\n');
  let watcher = await watch();
  const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
  for (const number of numbers) {
    appendFileSync(chat, `talk about ${number}\n@workflow counted number=${number}\n`);
    if (number % 6 !== 0) continue;
    await expect.poll(async () => (await answers()).length, patient).toBeGreaterThanOrEqual(number - 5);
    watcher.kill('SIGKILL');
    await once(watcher, 'exit');
    watcher = await watch();
  }
  await expect.poll(async () => (await answers()).length, patient).toBe(20);
  await rename(chat, `${chat}.old`);
  await writeFile(chat, '@workflow counted\n@workflow counted number=21\n');
  await expect.poll(async () => (await answers()).length, patient).toBe(22);

  const replies = (await answers()).map(({ header }) => [header.in_reply_to, header.status]);
  expect(replies).toEqual([
    ...numbers.map((number) => [`@workflow counted number=${number}`, 'success']),
    ['@workflow counted', 'failed'],
    ['@workflow counted number=21', 'success'],
  ]);
  const listed = (await station.ask('GET', 'runs?where=definition=counted&limit=100')).json() as {
    readonly items: readonly { readonly run: string }[];
  };
  const started = (await answers()).flatMap(({ header }) => header.workflow_id ?? []);
  expect(listed.items.map(({ run }) => run).sort()).toEqual([...started].sort());
  expect(started).toHaveLength(21);
}, 180_000);

test('answers the lines of stdin one after another, and leaves talk alone', async () => {
  const child = spawn(process.execPath, [builtCli, 'bridge', '-'], {
    cwd: station.project,
    env: { ...process.env, ...env() },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (data) => {
    said += data;
  });
  child.stdin.write('hello\n@workflow approve\n');
  await expect.poll(() => said, patient).toMatch(/^expected @workflow approve <run>/);
  child.stdin.end('@workflow help\n');
  await once(child, 'exit');
  expect(said).toContain('@workflow list [status=FAILED]');
});

test.each([
  [[], 'error [usage.arguments]'],
  [['hello'], 'error [usage.no-bridge-line] "hello" does not begin with @workflow'],
  [['--watch', '/etc/chat'], 'is not in the project'],
  [['@workflow counted nmber=1'], 'the definition has no input "nmber"\ntry: did you mean "number"?'],
])('bridge %j says what is wrong', async (args, text) => {
  expect(await bridge(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(text) });
});

async function watch(): Promise<ChildProcess> {
  const args = [builtCli, 'bridge', '--watch', 'CMD.BRIDGE.chat', '--as', 'CMD.BRIDGE'];
  const child = spawn(process.execPath, args, {
    cwd: station.project,
    env: { ...process.env, ...env() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  await expect.poll(() => said, patient).toContain('watching CMD.BRIDGE.chat');

  return child;
}

type Reply = {
  readonly header: { readonly in_reply_to: string; readonly status: string; readonly workflow_id?: string };
};

async function answers(): Promise<readonly Reply[]> {
  const text = await readFile(join(station.project, '0UT.3OX/WORKFLOW.ANSWERS.yaml'), 'utf8').catch(() => '');

  return loadAll(text).filter((document) => document !== null) as Reply[];
}
