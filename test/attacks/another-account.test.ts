// Another account of the same machine. It may open every port and run every program, and knows the sources of ours.
// Method: the built program in a project of root's, and real processes of the account `nobody`, which root can start.
import { chmod, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { builtCli } from '../e2e/station.ts';
import {
  type AttackedProject,
  canBeNobody,
  natsPortOf,
  openAttacked,
  runAsNobody,
  spawnAsNobody,
} from './attacked-project.ts';

vi.setConfig({ testTimeout: 120_000 });

let project: AttackedProject;
/** What it was answered over HTTP, in the order of its requests. */
let answers: readonly string[] = [];

/** What `nobody` says to the NATS server, and what is answered until it falls silent. */
const talk = `
const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');
let said = '';
socket.on('data', (part) => {
  if (said === '') socket.write(process.argv[2]);
  said += part;
});
const bound = setTimeout(() => socket.destroy(), 5000);
socket.on('error', () => undefined);
socket.on('close', () => console.log(said, clearTimeout(bound) ?? ''));
`;
const connected = 'PING\r\n';
const connect = (options: object) =>
  `CONNECT ${JSON.stringify({ verbose: false, ...options })}\r\n${connected}`;
const journal = 'wf.default.run.x';

const talks = [
  ['connects without a password', connect({})],
  ['connects with an empty password', connect({ user: 'project', pass: '' })],
  ['guesses the password', connect({ user: 'project', pass: 'password' })],
  ['connects as an engine of nats-config', connect({ user: 'engine', pass: 'engine' })],
  ['sends a token in place of a password', connect({ auth_token: 'project' })],
  ['asks for the configuration as the monitor', connect({ user: 'monitor', pass: '' })],
  ['asks with a user and no password', connect({ user: 'monitor' })],
  ['publishes before it has said who it is', `PUB ${journal} 2\r\n{}\r\n${connected}`],
  ['publishes in the same breath as it connects', `${connect({})}PUB ${journal} 2\r\n{}\r\n`],
  ['listens to everything', `${connect({})}SUB > 1\r\n`],
  ['asks the system account', `${connect({})}PUB $SYS.REQ.SERVER.PING.VARZ inbox 0\r\n\r\n`],
  ['deletes the journal', `${connect({})}PUB $JS.API.STREAM.DELETE.WF_DEFAULT_JOURNAL inbox 0\r\n\r\n`],
  ['speaks HTTP to the port of the server', 'GET /varz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
  ['claims to be a server of its cluster', 'CONNECT {"name":"x","cluster":"x","lnoc":true}\r\nPING\r\n'],
] as const;

/** What of the project's own folder it would like to read. */
const files = [
  '.3ox/nats/server.password',
  '.3ox/nats/server.conf',
  '.3ox/nats/server.json',
  '.3ox/nats/server.port',
  '.3ox/nats/server.log',
  '.3ox/owner.header',
  '.3ox/dashboard.json',
  '.3ox/workflow.state.yaml',
] as const;

const requests = [
  ['lists the runs', 'GET', '/api/v1/runs'],
  ['follows what happens', 'GET', '/api/v1/stream'],
  ['reads the measures, which name definitions and agents', 'GET', '/metrics'],
  ['reads which routes there are', 'GET', '/openapi.json'],
  ['starts a run', 'POST', '/api/v1/runs', { definition: 'gate', input: {} }],
  [
    'publishes a definition that runs a command',
    'POST',
    '/api/v1/definitions/publish',
    { text: 'x', file: 'x.yaml' },
  ],
  ['approves', 'POST', '/api/v1/runs/@last/commands', { kind: 'approve', task: 'sign' }],
  ['ends a run', 'POST', '/api/v1/runs/@last/commands', { kind: 'terminateRun', reason: 'x' }],
  ['publishes an event', 'POST', '/api/v1/events', { event: { type: 'x', data: {} } }],
  ['takes the work of an agent', 'POST', '/api/v1/work/claim', { agent: 'RUNNER', waitMs: 1 }],
  ['signs in by a guess', 'POST', '/api/v1/session', { token: '3oxo_guess' }],
  ['signs in by a code that it made up', 'POST', '/api/v1/session', { token: `c0zzzzzz${'A'.repeat(28)}` }],
] as const;

describe.skipIf(!canBeNobody)('another account of this machine (needs root)', () => {
  beforeAll(async () => {
    project = await openAttacked();
    // The state file is written a moment after the run.
    const state = () => readFile(join(project.folder, '.3ox/workflow.state.yaml'), 'utf8');
    await vi.waitFor(state, { timeout: 20_000, interval: 50 });
    const asked = await runAsNobody(process.execPath, '-e', fetching, project.url, JSON.stringify(requests));
    answers = asked.said.trim().split('\n');
  }, 240_000);
  afterAll(() => project?.close(), 120_000);

  test.each(talks)('%s, and the server lets it do nothing', async (_name, words) => {
    const port = await natsPortOf(project.folder);
    const { said } = await runAsNobody(process.execPath, '-e', talk, String(port), words);

    expect(said).toMatch(/^INFO /);
    expect(said).not.toMatch(/\r\n(PONG|MSG|\+OK)/);
    expect(said).toContain('-ERR');
  });

  test.each(files)('reads %s', async (path) => {
    expect((await readFile(join(project.folder, path), 'utf8')).length).toBeGreaterThan(0);
    expect(await runAsNobody('cat', join(project.folder, path))).toMatchObject({ code: 1, said: denied });
  });

  test('lists .3ox, and makes a file in it', async () => {
    const folder = join(project.folder, '.3ox');

    expect(await runAsNobody('ls', folder)).toMatchObject({ code: 2, said: denied });
    expect(await runAsNobody('touch', join(folder, 'x'))).toMatchObject({ code: 1, said: denied });
  });

  test("finds .3ox open by somebody's mistake, and reads no file of it that holds more than a name", async () => {
    const open = ['.3ox', '.3ox/nats'].map((each) => join(project.folder, each));
    for (const folder of open) await chmod(folder, 0o755);
    onTestFinished(async () => {
      for (const folder of open) await chmod(folder, 0o700);
    });
    const all = await readdir(join(project.folder, '.3ox'), { recursive: true, withFileTypes: true });
    const paths = all.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
    expect(paths.length).toBeGreaterThan(files.length);
    const readable = await runAsNobody('find', ...open, '-type', 'f', '-readable', '-size', '+0');

    expect(readable.said.split('\n').filter((line) => line !== '' && !line.startsWith('find:'))).toEqual([]);
  });

  test.each([
    ['lists the runs', ['list']],
    ['takes down the server', ['down']],
    ['starts a run', ['start', 'gate', '--detach']],
  ])('%s with the program itself, and is told whose the project is', async (_what, words) => {
    // A checkout in a folder of root's cannot be run by others at all.
    if ((await runAsNobody('test', '-r', builtCli)).code !== 0) return;
    const given = ['HOME=/nonexistent', process.execPath, builtCli, ...words, '--project', project.folder];
    const { code, said } = await runAsNobody('env', ...given);

    expect(code, said).toBe(1);
    expect(said).toContain('[nats.store-not-writable]');
    expect(said).toMatch(/belongs to another account \(uid 0, and this is uid \d+\)/);
  });

  test('finds the password or the token on a command line', async () => {
    const password = (await readFile(join(project.folder, '.3ox/nats/server.password'), 'utf8')).trim();
    const token =
      (await readFile(join(project.folder, '.3ox/owner.header'), 'utf8')).trim().split(' ').at(-1) ?? '';
    const { said } = await runAsNobody('sh', '-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n"');

    expect(said).toContain(project.folder);
    expect(said).not.toContain(password);
    expect(said).not.toContain(token);
  });

  test('finds a monitor: the server listens on one port, for its clients', async () => {
    const record = JSON.parse(await readFile(join(project.folder, '.3ox/nats/server.json'), 'utf8'));

    expect(await listeningPortsOf(record.pid)).toEqual([record.port]);
  });

  test.each(requests.map(([name], at) => [name, at] as const))('%s over HTTP', (_name, at) => {
    expect(answers[at]).toMatch(/^401 .*"code":"http\.token"/);
  });

  test('asks every route that there is', async () => {
    const { paths } = JSON.parse((await project.asOwner('/openapi.json')).text) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    const all = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, 'x')}`),
    );
    expect(all.length).toBeGreaterThan(40);
    const answers = await Promise.all(
      all.map(async (line) => {
        const [method = '', path = ''] = line.split(' ');
        const body = method === 'POST' ? {} : undefined;
        return [line, (await project.ask(path, { method, body })).status] as const;
      }),
    );
    const open = answers.filter(([, status]) => status !== 401).map(([line]) => line);

    // Signing in, health, hooks with their own signatures, and reports, which have to bring the claim of an attempt.
    expect(open.sort()).toEqual([
      'DELETE /api/v1/session',
      'GET /api/v1/session',
      'GET /healthz',
      'GET /oidc/callback',
      'GET /oidc/sign-in',
      'GET /readyz',
      'POST /api/v1/session',
      'POST /api/v1/work/complete',
      'POST /api/v1/work/fail',
      'POST /api/v1/work/heartbeat',
      'POST /api/v1/work/release',
      'POST /hooks/x',
      'POST /oidc/device',
      'POST /oidc/device/token',
    ]);
  });

  test('takes the port of a server that was killed, tells its name, and waits for the password', async () => {
    const record = JSON.parse(await readFile(join(project.folder, '.3ox/nats/server.json'), 'utf8'));
    // An engine that ran would bring the server up again before anybody else is there.
    process.kill(project.enginePid, 'SIGSTOP');
    onTestFinished(() => void process.kill(project.enginePid, 'SIGCONT'));
    process.kill(record.pid, 'SIGKILL');
    const impostor = spawnAsNobody(process.execPath, ['-e', posing, String(record.port), record.name]);
    onTestFinished(() => void impostor.kill('SIGKILL'));
    let heard = '';
    impostor.stdout?.setEncoding('utf8').on('data', (part: string) => {
      heard += part;
    });
    await expect.poll(() => heard, { timeout: 20_000 }).toContain('ready');
    const listed = await project.cli('list');

    expect(heard).toBe('ready\n');
    expect(listed.code, listed.stderr).toBe(0);
    expect(listed.stdout).toContain('gate');
  });

  test('after all that, everything stands as it stood', async () => {
    const { code, stdout, stderr } = await project.cli('list', '--json');

    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ total: 1, counts: { NEEDS_APPROVAL: 1 } });
  });
});

const denied = expect.stringContaining('Permission denied');

/** Sends one request after another, and prints each answer on a line. */
const fetching = `
const [url, requests] = process.argv.slice(1);
const headers = { 'content-type': 'application/json' };
const ask = async ([, method, path, body]) => {
  const init = { method, ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }) };
  const answer = await fetch(url + path, init).catch((error) => new Response(String(error), { status: 599 }));
  console.log(answer.status, (await answer.text()).replaceAll('\\n', ' '));
};
(async () => { for (const each of JSON.parse(requests)) await ask(each); })();
`;

/** As a server says who it is; what it is told is printed. */
const posing = `
const [port, name] = process.argv.slice(1);
const info = { server_id: 'N', server_name: name, version: '2.12.0', proto: 1, headers: true, max_payload: 8388608, auth_required: true };
const server = require('node:net').createServer((socket) => {
  socket.on('error', () => undefined);
  socket.write('INFO ' + JSON.stringify(info) + '\\r\\n');
  socket.on('data', (part) => process.stdout.write(part));
});
const listen = () => server.listen(Number(port), '127.0.0.1', () => console.log('ready'));
server.on('error', () => setTimeout(listen, 20));
listen();
`;

/** The ports that a process listens on, by the sockets that it holds. */
async function listeningPortsOf(pid: number): Promise<readonly number[]> {
  const held = new Set<string>();
  for (const name of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${name}`).catch(() => '');
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
    if (inode !== undefined) held.add(inode);
  }
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));

  return tables
    .flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && held.has(inode ?? ''))
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
}
