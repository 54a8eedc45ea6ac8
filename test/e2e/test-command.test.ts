// `workflow test` as a user has it: the built command line in a folder of its own, no server anywhere. What it writes
// as tests is run by a plain vitest, finds nothing wrong with what is right, and finds what is not.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsIn } from '../support/markdown-commands.ts';
import { builtCli, runProgram } from './station.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shipped = ['release-check.yaml', 'document-approval.yaml'];
let project: string;

beforeAll(async () => {
  // Inside the repository, as a user's project is beside the package that it has installed.
  await mkdir(join(root, '.3ox'), { recursive: true });
  project = await mkdtemp(join(root, '.3ox/test-command-'));
  await mkdir(join(project, 'definitions'));
  for (const name of shipped) await cp(join(root, 'definitions', name), join(project, 'definitions', name));
});
afterAll(() => rm(project, { recursive: true, force: true }));

test('scenarios that are written as tests pass, the same every time, and fail where a transition is changed', async () => {
  const emit = async (): Promise<string> => {
    const written = await workflow(['test', '--emit', 'vitest', 'paths.test.ts']);
    expect(written).toMatchObject({ code: 0 });
    return readFile(join(project, 'paths.test.ts'), 'utf8');
  };
  const text = await emit();
  expect(await emit()).toBe(text);
  await writeFile(
    join(project, 'vitest.config.mjs'),
    "export default { test: { include: ['*.test.ts'] } };\n",
  );

  const passed = await vitest();
  expect(passed).toMatchObject({ code: 0, stdout: expect.stringMatching(/Tests +\d\d+ passed/) });

  const changed = text.replace(/(: \w+ -> )completed'/, "$1skipped'");
  expect(changed).not.toBe(text);
  await writeFile(join(project, 'paths.test.ts'), changed);
  const failed = await vitest();
  expect(failed).toMatchObject({ code: 1, stdout: expect.stringMatching(/1 failed/) });
  expect(failed.stderr + failed.stdout).toMatch(/the run goes another way(?:.|\n)*expected (?:.|\n)*found /);
}, 120_000);

test('the commands of docs/testing.md work as they are written', async () => {
  const page = await readFile(join(root, 'docs/testing.md'), 'utf8');
  const commands = commandsIn(page).map(({ words }) => words.slice(1));
  expect(commands.length).toBeGreaterThan(3);

  for (const words of commands)
    expect({ words, ...(await workflow(words)) }).toMatchObject({ words, code: 0 });
  expect(await readFile(join(project, 'test-report.xml'), 'utf8')).toMatch(/failures="0"/);
}, 120_000);

test('nothing is left behind but what was asked for', async () => {
  expect((await readdir(project)).filter((name) => name.startsWith('.'))).toEqual([]);
});

function workflow(words: readonly string[]) {
  // A server that is not there: whoever looked for one would fail.
  return runProgram(builtCli, words, { cwd: project, env: { NATS_URL: 'nats://127.0.0.1:1' } });
}

async function vitest() {
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  const { code, stdout, stderr } = await runProgram(program, ['run', '--root', project], { cwd: project });

  return { code, stdout: stripVTControlCharacters(stdout), stderr: stripVTControlCharacters(stderr) };
}
