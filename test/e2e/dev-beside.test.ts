// `workflow dev` beside other engines of its namespace: who serves and who edits keep each other out, also after
// one was killed, and `workflow start` works beside both. Method: the built command line in a project of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { builtCli, runProgram } from './station.ts';

const hello = (word: string) => `workflow:
  id: hello
  version: 1
  tasks: [{id: greet, type: TRANSFORM, output: {said: ${word}}}]
  output: {said: "\${greet.output.said}"}
`;
const env = { NATS_URL: '' };
let folder: string;
let children: ChildProcess[];

beforeEach(async () => {
  children = [];
  folder = await mkdtemp(join(tmpdir(), 'workflow-beside-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(join(folder, 'definitions/hello.yaml'), hello('hi'));
});
afterEach(async () => {
  for (const child of children)
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'close');
  await cli('down');
  await rm(folder, { recursive: true, force: true });
});

function cli(...args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: folder, env });
}

const elsewhere = { ...env, WORKFLOW_NAMESPACE: 'other' };

/** A command that goes on until it is told to end, once it has said this. */
async function going(args: readonly string[], said: string, given: NodeJS.ProcessEnv = env) {
  const child = spawn(process.execPath, [builtCli, ...args], {
    cwd: folder,
    env: { ...process.env, ...given },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let told = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
  const says = (text: string) => expect.poll(() => told, { timeout: 30_000 }).toContain(text);
  await says(said);
  const end = async (signal: NodeJS.Signals) => {
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
    return child.exitCode;
  };

  return { says, end, signal: (name: NodeJS.Signals) => child.kill(name) };
}

const serving = () => going(['serve', '--no-http'], 'engine ready');
const editing = () => going(['dev', '--no-http'], 'hello v1, 1 task');

test('beside workflow serve, dev is refused and starts nothing; once that is gone or was killed it is not', async () => {
  const serve = await serving();
  const refused = await cli('dev', '--no-http', '--no-run');
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('[dev.beside-engine]') });
  expect(await cli('start', 'hello')).toMatchObject({ code: 0 });

  await serve.end('SIGKILL');
  const dev = await editing();
  expect(await dev.end('SIGINT')).toBe(0);
}, 120_000);

test('beside dev, serve is refused and start works; once dev was killed serve works, too', async () => {
  const dev = await editing();
  const refused = await cli('serve', '--no-http');
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('[engine.beside-dev]') });
  expect(await cli('start', 'hello')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('completed'),
  });
  await writeFile(join(folder, 'definitions/hello.yaml'), hello('good_day'));
  await dev.says('said  good_day');

  await dev.end('SIGKILL');
  const serve = await serving();
  expect(await serve.end('SIGINT')).toBe(0);
}, 120_000);

test('Ctrl-C of dev leaves its server to whoever else works on it, and ends it where nobody does, by a link, too', async () => {
  const isUp = async () => JSON.parse((await cli('servers', folder, '--json')).stdout).items.length > 0;
  const first = await editing();
  const other = await going(['serve', '--no-http'], 'engine ready', elsewhere);
  expect(await first.end('SIGINT')).toBe(0);
  await first.says('the server goes on, because others use it');
  expect(await isUp()).toBe(true);
  expect(await runProgram(builtCli, ['start', 'hello'], { cwd: folder, env: elsewhere })).toMatchObject({
    code: 0,
  });

  await other.end('SIGINT');
  const link = `${folder}-link`;
  await symlink(folder, link);
  onTestFinished(() => rm(link));
  const before = await going(['dev', '--no-http', '--project', link], 'hello v1, 1 task');
  expect(await before.end('SIGINT')).toBe(0);
  await before.says('the server goes on, which ran before');
  await cli('down');
  const alone = await editing();
  expect(await alone.end('SIGINT')).toBe(0);
  await alone.says('everything has stopped');
  expect(await isUp().catch(() => false)).toBe(false);
}, 120_000);

test('a second Ctrl-C ends dev at once, and its server with it', async () => {
  const stubborn = `trap "" TERM INT; echo $$ > agent.pid; while :; do sleep 1; done`;
  await writeFile(join(folder, 'agents.yaml'), `agents: {SLOW: {command: [sh, -c, '${stubborn}']}}\n`);
  const dev = await editing();
  await expect.poll(() => readFile(join(folder, 'agent.pid'), 'utf8').catch(() => '')).not.toBe('');
  dev.signal('SIGINT');
  await dev.says('once more stops at once');
  expect(await dev.end('SIGINT')).toBe(130);
  await dev.says('everything has stopped');
  expect((await cli('servers', folder)).stderr).toContain('no server of');
}, 60_000);
