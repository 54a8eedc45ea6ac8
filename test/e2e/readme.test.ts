// The README does not lie: every command of its fences is run, in order, on a copy of the repository's own sample, and
// succeeds. Left out are the set-up and the tests themselves (`npm ci`, `npm test`), which .ci/run runs. Method:
// the built command line, no NATS_URL, so that a real server is found, brought up for the project, and taken down
// again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsIn } from '../support/markdown-commands.ts';
import { builtCli, runProgram } from './station.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'workflow-readme-'));
  for (const name of ['definitions', 'examples', 'package.json', 'nats.conf']) {
    await cp(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => !/[\\/]\.3ox$|RECEIPT/.test(source),
    });
  }
  await symlink(join(root, 'dist'), join(copy, 'dist'));
});
afterAll(async () => {
  await run(['down', '--project', 'examples/station']);
  await rm(copy, { recursive: true, force: true });
});

test('every command of the README works as it is written', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const commands = commandsIn(readme).filter(({ text }) => !/^npm (ci|test)\b|^npm run/.test(text));
  expect(commands.length).toBeGreaterThan(5);

  for (const { text, words } of commands) {
    const finished = await run(await argumentsOf(words));
    const mayFail = text.includes('|| true');
    expect({
      text,
      code: mayFail ? 0 : finished.code,
      stderr: finished.code === 0 ? '' : finished.stderr,
    }).toMatchObject({
      text,
      code: 0,
    });
  }
  const receipt = join(copy, 'examples/station/0UT.3OX/VALIDATION.RECEIPT.yaml');
  expect(await readFile(receipt, 'utf8')).toContain('status: FAIL');
}, 120_000);

test('an agent of the README may come after the run that asked for it', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, greet = ''] = /```yaml\n(workflow:\n {2}id: greet\n[\s\S]*?)```/.exec(readme) ?? [];
  await writeFile(join(copy, 'greet.yaml'), greet);
  const [, starting = '', waiting = ''] =
    /`workflow (start greet\.yaml [^`]*)` now says[\s\S]*?`workflow (worker [^`]*)`/.exec(readme) ?? [];
  const start = () => run(starting.split(' '));
  expect(await start()).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('workflow worker GREETER'),
  });

  const worker = spawn(process.execPath, [builtCli, ...waiting.split(' ')], {
    cwd: copy,
    env: { ...process.env, NATS_URL: '' },
    stdio: 'ignore',
  });
  try {
    // The worker takes the item of the first run, on which nobody works any more.
    expect(await start()).toMatchObject({ code: 0, stdout: expect.stringContaining('hello Ada') });
  } finally {
    worker.kill('SIGTERM');
    await once(worker, 'close');
    await run(['down']);
  }
}, 120_000);

/** What the command line gets of a documented command: `npm start` stands for its script. */
async function argumentsOf(words: readonly string[]): Promise<readonly string[]> {
  if (words[0] === 'npm') {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: { start: string };
    };
    return scripts.start.split(' ').slice(2);
  }
  const end = words.indexOf('||');

  return words.slice(2, end === -1 ? undefined : end);
}

function run(args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: copy, env: { NATS_URL: '' } });
}
