// A project that is published as a bundle, and engines that serve it from empty folders. Method: the built program on a
// real server; the folder of the project is removed, engines are killed in the middle of a run, and others go on.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { commandsIn } from '../support/markdown-commands.ts';
import { createMortalProcess, type MortalProcess } from '../support/mortal-process.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const orders = (version: number, more = '') => `
workflow:
  id: orders
  version: ${version}
  tasks:
    - { id: rules, uses: policy.load, input: { policy: POLICY/orders.yaml } }
    - { id: ask, type: HUMAN, wait_for_approval: true, depends_on: rules }
    - { id: book, depends_on: ask, run: { command: [echo, "booked by v${version}"] } }
${more}
  output: { policy: '\${rules.output.policy_name}' }
`;
const files = {
  'definitions/orders.yaml': orders(1),
  'POLICY/orders.yaml': 'name: first rules\nrequired_files: [README.md]\n',
  'agents.yaml': 'principals:\n  - { name: ana, level: L0 }\n',
};

const waitsForPerson = 6;
const processesMs = 300_000;

let server: TestServer;
let worlds = 0;
const folders: string[] = [];

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

type World = {
  readonly cli: (cwd: string, ...args: readonly string[]) => ReturnType<typeof runProgram>;
  readonly json: (cwd: string, ...args: readonly string[]) => Promise<Record<string, unknown>>;
  readonly engine: (cwd: string, ...args: readonly string[]) => MortalProcess;
};

function world(): World {
  worlds += 1;
  const env = { NATS_URL: server.url, WORKFLOW_NAMESPACE: `bundles-${worlds}`, USER: 'ana', LANG: 'C.UTF-8' };
  const cli: World['cli'] = (cwd, ...args) => runProgram(builtCli, args, { cwd, env });

  return {
    cli,
    json: async (cwd, ...args) => {
      const { code, stdout, stderr } = await cli(cwd, ...args, '--json');
      expect(code, stderr).toBe(0);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    engine: (cwd, ...args) => {
      const all = [builtCli, 'serve', '--no-http', ...args];
      const engine = createMortalProcess({
        command: process.execPath,
        args: all,
        cwd,
        env,
        ready: 'engine ready',
      });
      onTestFinished(() => engine.kill9());
      return engine;
    },
  };
}

async function folderWith(texts: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-bundle-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }

  return folder;
}

test(
  'a run goes on from a bundle in empty folders, without the project and after an engine was killed',
  async () => {
    const { json, cli, engine } = world();
    const project = await folderWith(files);
    const report = await json(project, 'definitions', 'publish', '--reason', 'first');
    expect(report).toMatchObject({ outcome: 'published', definitions: [{ id: 'orders', version: 1 }] });
    await rm(project, { recursive: true });

    const [one, other] = [await folderWith({}), await folderWith({})];
    const first = engine(one, '--bundle');
    await first.start();
    const started = await cli(one, 'start', 'orders', '--json', '--timeout', '60s');
    expect(started.code, started.stderr).toBe(waitsForPerson);
    const { run } = JSON.parse(started.stdout) as { run: string };
    await first.kill9();
    const second = engine(other, '--bundle', String(report['hash']).slice(0, 12));
    await second.start();
    const ended = await cli(other, 'approve', run, 'ask', '--timeout', '60s');

    expect(ended.code, ended.stderr).toBe(0);
    expect(await json(other, 'show', run)).toMatchObject({
      outputs: [{ name: 'policy', value: 'first rules' }],
    });
    expect(await readdir(other)).toEqual(['.3ox']);
  },
  processesMs,
);

/** The version that a run of this name is of, which then waits for a person. */
async function startedVersion({ cli, json }: World, cwd: string): Promise<unknown> {
  const { code, stdout, stderr } = await cli(cwd, 'start', 'orders', '--json', '--timeout', '60s');
  expect(code, stderr).toBe(waitsForPerson);
  const { definition } = await json(cwd, 'show', (JSON.parse(stdout) as { run: string }).run);

  return (definition as { version: number }).version;
}

test(
  'an engine goes on with the next bundle by itself, and with an older one that is used again',
  async () => {
    const here = world();
    const { json, engine, cli } = here;
    const project = await folderWith(files);
    const first = await json(project, 'definitions', 'publish');
    const empty = await folderWith({});
    const serving = engine(empty, '--bundle');
    await serving.start();
    const begun = await cli(empty, 'start', 'orders', '--json', '--timeout', '60s');
    const { run } = JSON.parse(begun.stdout) as { run: string };
    await writeFile(join(project, 'definitions/orders.yaml'), orders(2));
    await writeFile(join(project, 'POLICY/orders.yaml'), 'name: second rules\nrequired_files: []\n');
    const second = await json(
      project,
      'definitions',
      'publish',
      '--accept-differences',
      '--reason',
      'new rules',
    );
    const goesBy = (hash: unknown) => `goes by the bundle ${String(hash).slice(0, 12)}`;
    await expect.poll(() => serving.said(), { timeout: 20_000 }).toContain(goesBy(second['hash']));

    expect(await startedVersion(here, empty)).toBe(2);
    expect((await cli(empty, 'approve', run, 'ask', '--timeout', '60s')).code).toBe(0);
    expect(await json(empty, 'show', run)).toMatchObject({
      definition: { version: 1 },
      outputs: [{ name: 'policy', value: 'first rules' }],
    });
    await json(project, 'bundles', 'use', String(first['hash']), '--reason', 'back');
    const times = (text: string) => serving.said().split(text).length - 1;
    await expect.poll(() => times(goesBy(first['hash'])), { timeout: 20_000 }).toBe(2);
    expect(await startedVersion(here, empty)).toBe(1);
  },
  processesMs,
);

test(
  'what is published with agents.yaml counts for engines that serve it: who may do what, without a restart',
  async () => {
    const { json, engine, cli } = world();
    const project = await folderWith(files);
    await json(project, 'definitions', 'publish');
    const empty = await folderWith({});
    const serving = engine(empty, '--bundle');
    await serving.start();
    const start = (as: string) => cli(empty, 'start', 'orders', '--as', as, '--json', '--timeout', '60s');
    expect(JSON.parse((await start('ben')).stderr)).toMatchObject({ error: { code: 'authority.unknown' } });
    const both = 'principals:\n  - { name: ana, level: L0 }\n  - { name: ben, level: L1 }\n';
    await writeFile(join(project, 'agents.yaml'), both);
    await json(project, 'definitions', 'publish');

    await expect
      .poll(async () => (await start('ben')).code, { timeout: 30_000, interval: 500 })
      .toBe(waitsForPerson);
  },
  processesMs,
);

test(
  'folders are of a project or served from a bundle, and there is none to serve before one was published',
  async () => {
    const { cli, json } = world();
    const project = await folderWith(files);
    const empty = await folderWith({});
    const refused = async (cwd: string, ...args: readonly string[]) => {
      const { code, stderr } = await cli(cwd, 'serve', '--no-http', ...args, '--json');
      const { error } = JSON.parse(stderr.slice(stderr.indexOf('{'))) as { error: { code: string } };
      return [code, error.code];
    };
    expect(await refused(empty, '--bundle')).toEqual([4, 'bundle.none']);
    await json(project, 'definitions', 'publish');
    expect(await refused(project, '--bundle')).toEqual([5, 'bundle.project-folder']);
    expect(await refused(empty, '--bundle', '000000000000')).toEqual([4, 'bundle.not-found']);
  },
  processesMs,
);

test(
  'every command of docs/bundles.md works as it is written, in a project and in an empty folder',
  async () => {
    const { cli, json, engine } = world();
    const project = await folderWith(files);
    const older = String((await json(project, 'definitions', 'publish'))['hash']).slice(0, 12);
    await writeFile(join(project, 'definitions/orders.yaml'), orders(2));
    const empty = await folderWith({});
    const commands = commandsIn(await readFile(new URL('../../docs/bundles.md', import.meta.url), 'utf8'));
    expect(commands).toHaveLength(6);
    for (const { text, words } of commands) {
      const [, command = '', ...given] = words.map((word) => word.replace('3fa94c07d1be', older));
      if (command === 'serve') {
        await engine(empty, ...given).start();
        continue;
      }
      const { code, stderr } = await cli(project, command, ...given);
      expect({ text, code, stderr: code === 0 ? '' : stderr }).toEqual({ text, code: 0, stderr: '' });
    }

    expect(await json(project, 'bundles', 'list')).toMatchObject({
      total: 3,
      items: [{ isCurrent: true, reason: 'the new prices were wrong' }, { reason: 'new prices' }, {}],
    });
    const { stdout } = await cli(empty, 'doctor');
    expect(stdout).toMatch(/bundle +[0-9a-f]{12} is current, published by ana/);
  },
  processesMs,
);

test(
  'beside an engine with a folder, what the bundle holds counts for both, and the doctor tells how they differ',
  async () => {
    const here = world();
    const { json, engine, cli } = here;
    const project = await folderWith(files);
    await json(project, 'definitions', 'publish');
    const empty = await folderWith({});
    const [bundled, foldered] = [engine(empty, '--bundle'), engine(project)];
    await Promise.all([bundled.start(), foldered.start()]);
    const triggered = orders(2).replace('  tasks:', '  triggers: [{ on: order.placed }]\n  tasks:');
    await writeFile(join(project, 'definitions/orders.yaml'), triggered);
    await expect.poll(() => foldered.said(), { timeout: 20_000 }).toContain('registered orders version 2');
    const both = 'principals:\n  - { name: ana, level: L0 }\n  - { name: ben, level: L1 }\n';
    await writeFile(join(project, 'agents.yaml'), both);

    expect([await startedVersion(here, empty), await startedVersion(here, project)]).toEqual([1, 1]);
    expect(await json(project, 'triggers', 'list')).toMatchObject({ items: [] });
    expect((await cli(project, 'doctor')).stdout).toContain(
      'agents.yaml of this folder is not what it holds',
    );
    expect((await cli(empty, 'doctor')).stdout).not.toContain('of this folder');
    await json(project, 'definitions', 'publish', '--accept-differences');
    expect(await json(project, 'triggers', 'list')).toMatchObject({
      items: [{ definition: { version: 2 } }],
    });
    expect(await startedVersion(here, empty)).toBe(2);
  },
  processesMs,
);
