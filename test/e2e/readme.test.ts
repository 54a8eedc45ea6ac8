// The README does not lie: every command of its fences is run, in order, on a copy of the repository's own sample, and
// succeeds. Left out are the set-up and the tests themselves (`npm ci`, `npm test`), which .ci/run runs. Method:
// the built command line, no NATS_URL, so that a real server is found, brought up for the project, and taken down
// again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsIn } from '../support/markdown-commands.ts';
import { builtCli, runProgram } from './station.ts';
import { isPythonThere } from './worker-processes.ts';

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
  const commands = commandsIn(readme).filter(({ text }) => /^(npm start|npx workflow)\b/.test(text));
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

test('an agent of the README may come after the run that asked for it, in a folder with nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-readme-agent-'));
  const path = await pathWithWorkflow();
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf('## Agents carry tasks out'));
  const fence = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? '';
  await writeFile(join(folder, 'greet.yaml'), fence('yaml'));
  await writeFile(join(folder, 'greet.mjs'), fence('js'));
  try {
    const shell = spawn('sh', ['-c', fence('sh')], {
      cwd: folder,
      env: { ...process.env, NATS_URL: '', PATH: path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [textOf(shell.stdout), textOf(shell.stderr)];
    const [code] = await once(shell, 'close');

    expect({ code, stderr: await stderr }).toMatchObject({
      code: 0,
      // What the first start advises, and what became of its run.
      stderr: expect.stringMatching(/workflow worker GREETER[\s\S]*its agent is there: ✓ completed/),
    });
    expect(await stdout).toContain('hello Bob');
    expect((await stdout).match(/✓ completed +greet v1 +1\/1/g)).toHaveLength(2);
  } finally {
    await runProgram(builtCli, ['down'], { cwd: folder, env: { NATS_URL: '' } });
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

test.skipIf(!isPythonThere)(
  'the worker in Python finds the server of the project that it is started in',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workflow-readme-python-'));
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const [, greet = ''] = /```yaml\n(workflow:\n {2}id: greet\n[\s\S]*?)```/.exec(readme) ?? [];
    await writeFile(join(folder, 'greet.yaml'), greet);
    await mkdir(join(folder, 'inside'));
    const start = (who: string) =>
      runProgram(builtCli, ['start', 'greet.yaml', '--who', who], { cwd: folder, env: { NATS_URL: '' } });
    const python = join(root, 'examples/workers/worker.py');
    const workerIn = (cwd: string) =>
      spawn('python3', ['-B', python, 'GREETER'], { cwd, env: { ...process.env, NATS_URL: '' } });
    try {
      const early = workerIn(join(folder, 'inside'));
      expect(await textOf(early.stderr)).toContain('no NATS server runs for the project of');
      expect(await start('Ada')).toMatchObject({ code: 6 });
      const worker = workerIn(join(folder, 'inside'));
      try {
        expect(await start('Bob')).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('hello Bob'),
          stderr: expect.stringContaining('its agent is there: ✓ completed'),
        });
      } finally {
        worker.kill('SIGKILL');
        await once(worker, 'close');
      }
    } finally {
      await runProgram(builtCli, ['down'], { cwd: folder, env: { NATS_URL: '' } });
      await rm(folder, { recursive: true, force: true });
    }
  },
  120_000,
);

/** Where the shell finds `workflow`, as after `npm link`. */
async function pathWithWorkflow(): Promise<string> {
  const bin = join(copy, 'linked');
  await mkdir(bin, { recursive: true });
  const script = `#!/bin/sh\nexec '${process.execPath}' '${builtCli}' "$@"\n`;
  await writeFile(join(bin, 'workflow'), script, { mode: 0o755 });

  return `${bin}:${process.env['PATH'] ?? ''}`;
}

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
