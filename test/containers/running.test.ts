// What examples/containers says makes a cluster that runs workflows, and goes on when an engine is killed. Method: no
// Docker: the script of the secrets, the configuration, commands, environment and health checks of the compose file as
// they are, each in a folder that stands for the root of its container, with a free port for every port of a host.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findServer } from '../../src/nats-server/provision-server.ts';
import { ownerHeaders } from '../e2e/owner.ts';
import { builtCli, runProgram } from '../e2e/station.ts';
import { freePorts } from '../support/cluster.ts';
import { type Container, containersFolder, containerText, readCompose } from './compose.ts';

const { containers, secrets } = readCompose();
const names = Object.keys(containers);
const patience = { timeout: 60_000, interval: 200 };
const portsOfContainers = ['4222', '6222', '8222', '7420'];
const definition = `
workflow:
  id: ask-twice
  version: 1
  tasks:
    - { id: first, type: HUMAN, wait_for_approval: true }
    - { id: second, type: NOOP, depends_on: first }
`;
const processes = new Map<string, ChildProcess>();
const said = new Map<string, string>();
let folder: string;
let project: string;
/** By container and port. */
let ports: ReadonlyMap<string, number>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflow-containers-'));
  project = join(folder, 'project');
  const wanted = names.flatMap((name) => portsOfContainers.map((port) => `${name}:${port}`));
  const free = await freePorts(wanted.length);
  ports = new Map(wanted.map((place, at) => [place, free[at] ?? 0]));
  await run('sh', [join(containersFolder, 'secrets.sh'), 'ada']);
  await mkdir(join(project, 'definitions'));
  await writeFile(join(project, 'definitions', 'ask-twice.yaml'), definition);
  for (const name of names) await makeRoot(name, containerOf(name));
  for (const name of names.filter((each) => each.startsWith('nats'))) await startServer(name);
}, 120_000);
afterAll(async () => {
  for (const child of processes.values())
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'close');
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('a run that one engine has begun is finished by the other when the first is killed', async () => {
  for (const name of ['nats-1', 'nats-2', 'nats-3']) await healthy(name);
  for (const name of ['engine-1', 'engine-2']) startEngine(name);
  for (const name of ['engine-1', 'engine-2']) await healthy(name);
  const runs: string[] = [];
  for (let count = 0; count < 6; count += 1) {
    const { run: id } = (await ask('engine-1', 'runs', { definition: 'ask-twice', input: {} })) as {
      run: string;
    };
    runs.push(id);
  }
  const doctor = await run(
    'sh',
    [inContainer('engine-2'), 'doctor', '--project', project],
    environmentOf('engine-2'),
  );
  expect(doctor).toMatch(/streams +\d+, 3 replicas of each/);
  expect(doctor.match(/nats-\d \(.*sync_interval: always/g)).toHaveLength(3);

  processes.get('engine-1')?.kill('SIGKILL');
  for (const id of runs)
    await expect
      .poll(() => ask('engine-2', `runs/${id}/commands`, { kind: 'approve', task: 'first' }), patience)
      .toMatchObject({ run: id });
  for (const id of runs)
    await expect.poll(() => ask('engine-2', `runs/${id}`), patience).toMatchObject({ status: 'COMPLETED' });
}, 240_000);

test('the dashboard is there, and nobody without a token or a password gets in', async () => {
  const page = await fetch(addressOf('engine-2', '7420'));
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<script type="module"');
  expect((await fetch(`${addressOf('engine-2', '7420')}/api/v1/runs`)).status).toBe(401);
  const url = `nats://${here('nats-1', 'nats-1:4222')}`;
  const stranger = await runProgram(builtCli, ['list'], { cwd: project, env: { NATS_URL: url } });
  expect(stranger.code).not.toBe(0);
});

function containerOf(name: string): Container {
  return containers[name] ?? expect.unreachable(`no container ${name}`);
}

/** Text of a container on this machine: its paths below its root, its hosts and ports here. */
function here(name: string, text: string): string {
  return text
    .replaceAll(
      /\b((?:nats|engine)-\d|0\.0\.0\.0|127\.0\.0\.1):(\d{4})\b/g,
      (_, host: string, port: string) => {
        const owner = host.includes('-') ? host : name;
        return `127.0.0.1:${ports.get(`${owner}:${port}`) ?? port}`;
      },
    )
    .replaceAll(/(?<=^|["\s])\/project\b/g, project)
    .replaceAll(/(?<=^|["\s])\/(data|etc|run|opt)\b/g, (path) => join(folder, name, path));
}

/** A folder with what the image, the secrets and the volumes put into the container. */
async function makeRoot(name: string, container: Container): Promise<void> {
  const root = join(folder, name);
  for (const path of ['data', 'etc/nats', 'run/secrets', 'usr/local/bin', 'opt/workflow'])
    await mkdir(join(root, path), { recursive: true });
  await writeFile(join(root, 'etc/nats/nats.conf'), here(name, containerText('nats.conf')));
  for (const secret of container.secrets) {
    const text = await readFile(join(folder, secrets[secret]?.file ?? ''), 'utf8');
    await writeFile(join(root, 'run/secrets', secret), here(name, text));
  }
  const shell = here(name, containerText('workflow.sh'));
  await writeFile(join(root, 'usr/local/bin/workflow'), shell, { mode: 0o755 });
  await symlink(dirname(dirname(builtCli)), join(root, 'opt/workflow/dist'));
}

async function startServer(name: string): Promise<void> {
  const { path } = await findServer({ env: process.env });
  const [, text = ''] = /^FROM nats:[\s\S]*?^CMD (.*)$/m.exec(containerText('Dockerfile')) ?? [];
  launch(name, path, JSON.parse(text) as readonly string[]);
}

function startEngine(name: string): void {
  launch(name, 'sh', [inContainer(name), ...containerOf(name).command]);
}

function inContainer(name: string): string {
  return join(folder, name, 'usr/local/bin/workflow');
}

function launch(name: string, program: string, args: readonly string[]): void {
  const mapped = args.map((arg) => (arg.startsWith(folder) ? arg : here(name, arg)));
  const env = { ...process.env, ...environmentOf(name) };
  const child = spawn(program, mapped, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  processes.set(name, child);
  const listen = (text: string) => said.set(name, `${said.get(name) ?? ''}${text}`.slice(-4_000));
  child.stdout.setEncoding('utf8').on('data', listen);
  child.stderr.setEncoding('utf8').on('data', listen);
}

/** Of the container, and nothing of ours that would lead it to another server. */
function environmentOf(name: string): Readonly<Record<string, string>> {
  const own = Object.entries(containerOf(name).environment).map(([key, value]) => [key, here(name, value)]);

  return { NATS_URL: '', ...Object.fromEntries(own) };
}

/** Waits for the health check of the container. It asks by `wget` where the image has no Node. */
async function healthy(name: string): Promise<void> {
  const [, program = '', ...args] = containerOf(name).healthcheck.test.map((word) => here(name, word));
  const isHealthy = async (): Promise<boolean> => {
    expect(processes.get(name)?.exitCode, said.get(name)).toBeNull();
    if (program === 'wget')
      return await fetch(args.at(-1) ?? '').then(
        ({ ok }) => ok,
        () => false,
      );

    return await run(program, args).then(
      () => true,
      () => false,
    );
  };
  await expect.poll(isHealthy, { ...patience, message: `${name} is healthy` }).toBe(true);
}

function addressOf(name: string, port: string): string {
  return `http://${here(name, `${name}:${port}`)}`;
}

/** Asks an engine over HTTP as the owner of the project; with a body it is a POST. */
async function ask(name: string, path: string, body?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json', ...(await ownerHeaders(project)) };
  const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${addressOf(name, '7420')}/api/v1/${path}`, init);

  return await response.json();
}

/** Runs a program to its end, and resolves with what it printed. */
async function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const WORKFLOW = `${process.execPath} ${builtCli}`;
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, NATS_URL: '', WORKFLOW, ...env },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${printed}`);

  return printed;
}
