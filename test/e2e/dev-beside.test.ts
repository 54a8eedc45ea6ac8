// `workflow dev` beside other engines of its namespace: who serves and who edits keep each other out, also after
// one was killed, and `workflow start` works beside both. Method: the built command line in a project of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
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

/** A command that goes on until it is told to end, once it has said this. */
async function going(args: readonly string[], said: string) {
  const child = spawn(process.execPath, [builtCli, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
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

  return { says, end };
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
