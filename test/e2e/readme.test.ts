// The README does not lie: every command of its fences is run, in order, on a copy of the repository's own sample, and
// succeeds. Left out are the set-up and the tests themselves (`npm ci`, `npm test`), which .ci/run runs. Method: as the
// tutorials.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf } from '../support/page-script.ts';
import { openPageShell } from './page-shell.ts';
import { builtCli, runProgram } from './station.ts';
import { isPythonThere } from './worker-processes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const agents = '## Agents carry tasks out';
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
  const shell = await openPageShell({
    npx: 'exec "$@"',
    // Set-up, tests and the simulator are run by .ci/run.
    npm: '[ "$1" != start ] || eval "exec $(node -p \'require("./package.json").scripts.start\')"',
  });
  const [before = '', rest = ''] = (await readFile(join(root, 'README.md'), 'utf8')).split(`\n${agents}\n`);
  const blocks = blocksOf(`${before}\n${rest.slice(rest.indexOf('\n## '))}`);
  const commands = blocks.filter(({ kind }) => kind === 'commands');
  const { code, printed } = await shell.run(commands, copy);
  await shell.close();

  expect(printed.match(/^@@ line/gm)?.length, printed).toBe(commands.length);
  expect({ code, printed }).toEqual({ code: 0, printed });
  const receipt = join(copy, 'examples/station/0UT.3OX/VALIDATION.RECEIPT.yaml');
  expect(await readFile(receipt, 'utf8')).toContain('status: FAIL');
}, 240_000);

test('an agent of the README may come after the run that asked for it, in a folder with nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-readme-agent-'));
  const shell = await openPageShell();
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf(agents)).split('\n## ')[0] ?? '';
  try {
    const { code, printed } = await shell.run(blocksOf(section), folder);

    expect({ code, printed }).toMatchObject({
      code: 0,
      // What the first start advises, and what became of its run.
      printed: expect.stringMatching(/workflow worker GREETER[\s\S]*its agent is there: ✓ completed/),
    });
    expect(printed).toContain('hello Bob');
    expect(printed.match(/✓ completed +greet v1 +1\/1/g)).toHaveLength(2);
  } finally {
    await shell.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 240_000);

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
      spawn('python3', ['-B', python, 'GREETER'], {
        cwd,
        env: { ...process.env, NATS_URL: '', PYTHONPATH: join(root, 'python/src') },
      });
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
  240_000,
);

function run(args: readonly string[]) {
  return runProgram(builtCli, args, { cwd: copy, env: { NATS_URL: '' } });
}
