// What users get: the package that `npm pack` makes, in an empty folder beside nothing but the packages that it depends
// on. Method: packed and unpacked once; its command, the program of docs/embedding.md and a compiler run there.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { runProgram } from './station.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const env = { NATS_URL: '', WORKFLOW_NAMESPACE: 'default' };
const filesMax = 600;
const bytesMax = 5_000_000;

const Packed = z.tuple([
  z.object({ filename: z.string(), size: z.int(), files: z.array(z.object({ path: z.string() })) }),
]);
const Manifest = z.object({
  bin: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
});

const hello = `
workflow:
  id: greeting
  version: 1
  input: { required: [name] }
  output: [text]
  tasks:
    - { id: say, run: { shell: sh, command: ['echo "{\\"text\\": \\"Hello $1\\"}"', '\${workflow.input.name}'] }, output: [text] }
`;

let folder: string;
let packed: z.output<typeof Packed>[0];
let installed: string;
let manifest: z.output<typeof Manifest>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-package-'));
  const { stdout } = npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder);
  [packed] = Packed.parse(JSON.parse(stdout));
  installed = join(folder, 'node_modules', '3ox-workflow');
  await mkdir(installed, { recursive: true });
  const unpacked = spawnSync('tar', [
    ...['-xzf', join(folder, packed.filename), '-C', installed, '--strip-components=1'],
  ]);
  expect(unpacked.status).toBe(0);
  manifest = Manifest.parse(JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')));
  // As `npm install` would, without the network: what is no dependency is not there; users have vitest themselves.
  for (const name of [...Object.keys(manifest.dependencies), 'vitest']) {
    const place = join(folder, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(root, 'node_modules', name), place);
  }
});
afterAll(async () => {
  await cli('down');
  await rm(folder, { recursive: true, force: true });
});

test('holds at most 600 files and 5 MB, and nothing that only we need', () => {
  const paths = packed.files.map(({ path }) => path);

  expect(paths.length).toBeLessThanOrEqual(filesMax);
  expect(packed.size).toBeLessThanOrEqual(bytesMax);
  expect(
    paths.filter((path) => /^(src|test|bench|machines|events|dist\/(src|test|bench))\//.test(path)),
  ).toEqual([]);
  expect(paths).toEqual(
    expect.arrayContaining(['LICENSE', 'SECURITY.md', 'CHANGELOG.md', 'docs/upgrading.md']),
  );
  expect(paths).toEqual(expect.arrayContaining(['dist/bin/licenses.md', 'dist/lib/licenses.md']));
});

test('its exports are what bundlers, Node and compilers expect of a package of modules', async () => {
  const tarball = Uint8Array.from(await readFile(join(folder, packed.filename)));
  const { messages } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  const types = await checkPackage(createPackageFromTarballData(tarball));

  expect(messages).toEqual([]);
  expect(types).toMatchObject({ types: { kind: 'included' } });
  // A package of modules alone: `require` of Node 20 and the resolution of Node 10 know none.
  const expected = ['CJSResolvesToESM', 'NoResolution'];
  expect(
    ('problems' in types ? types.problems : []).filter(
      (problem) =>
        !expected.includes(problem.kind) ||
        ('resolutionKind' in problem && !['node10', 'node16-cjs'].includes(problem.resolutionKind)),
    ),
  ).toEqual([]);
});

test('npx finds its command by the name of the package', () => {
  expect(manifest.bin['3ox-workflow']).toBe(manifest.bin['workflow']);
});

test('its command checks, tests and runs a first workflow, and answers questions about it', async () => {
  await writeFile(join(folder, 'greeting.yaml'), hello);
  expect(await cli('check', 'greeting.yaml')).toMatchObject({ code: 0 });
  expect(await cli('test', 'greeting.yaml')).toMatchObject({ code: 0 });
  expect(await cli('start', 'greeting.yaml', '--name', 'Ada', '--json')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('COMPLETED'),
  });
  expect(await cli('show', '@last')).toMatchObject({ code: 0, stdout: expect.stringContaining('greeting') });
  expect(await cli('query', 'select count(*) as runs from runs', '--json')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/"rows":\s*\[\s*\[\s*1/),
  });
});

test('its engine serves the dashboard', async () => {
  const url = await saidBy(['serve', '--http', '127.0.0.1:0'], folder, /http:\/\/127\.0\.0\.1:\d+/);
  const page = await fetch(url);

  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<script type="module"');
});

test('init makes a project in an empty folder, which dev runs', async () => {
  const project = join(folder, 'mine');
  await mkdir(project);
  expect(await runProgram(command(), ['init'], { cwd: project, env })).toMatchObject({ code: 0 });
  expect(await saidBy(['dev'], project, /hello v1, 1 task/)).toContain('hello');
});

test('the program of docs/embedding.md greets', async () => {
  const [program = ''] = await blocks('docs/embedding.md', 'js');
  await writeFile(join(folder, 'hello.mjs'), program);

  expect(await runProgram(join(folder, 'hello.mjs'), [], { cwd: folder, env })).toMatchObject({
    code: 0,
    stdout: "{ text: 'Hello Ada' }\n",
  });
});

const pagesOfPrograms = await pagesWith('ts');

test.each(pagesOfPrograms)('every program in TypeScript of %s compiles', async (page) => {
  const programs = await blocks(page, 'ts');
  const files = programs.map((_, at) => `${basename(page)}-${at}.mts`);
  for (const [at, file] of files.entries()) await writeFile(join(folder, file), programs[at] ?? '');
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', ...types];

  expect(await runProgram(compiler, [...options, ...files], { cwd: folder })).toMatchObject({
    code: 0,
    stdout: '',
  });
});

/** What matches in what a command says that does not end by itself; it is told to end after the test. */
async function saidBy(args: readonly string[], cwd: string, wanted: RegExp): Promise<string> {
  const child = spawn(process.execPath, [command(), ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    await runProgram(command(), ['down'], { cwd, env });
  });

  return new Promise<string>((resolve, reject) => {
    let said = '';
    const listen = (text: string): void => {
      said += text;
      const [found] = wanted.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.once('exit', () => reject(new Error(`it ended: ${said}`)));
  });
}

function npm(...args: readonly string[]) {
  return spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, npm_config_loglevel: 'error' },
  });
}

function command(): string {
  return join(installed, manifest.bin['workflow'] ?? '');
}

function cli(...args: readonly string[]) {
  return runProgram(command(), args, { cwd: folder, env });
}

async function blocks(page: string, language: string): Promise<readonly string[]> {
  const text = await readFile(join(root, page), 'utf8');

  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  );
}

/** The pages that show anything in the language. */
async function pagesWith(language: string): Promise<readonly string[]> {
  const names = (await readdir(join(root, 'docs'), { recursive: true })).map((name) => `docs/${name}`);
  const found: string[] = [];
  for (const page of ['README.md', ...names].filter((name) => name.endsWith('.md')))
    if ((await blocks(page, language)).length > 0) found.push(page);

  return found.sort();
}
