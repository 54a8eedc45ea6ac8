// Whoever may not do something is refused in the same words, however they ask. Method: the built program and its engine
// on a real server; ana is L2, and asks by the command line and over HTTP, where this machine's user is ana.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpStation, openHttpStation } from './http-station.ts';
import { builtCli, runProgram } from './station.ts';

const agents = 'principals: [{name: chief, level: L1}, {name: ana, level: L2, domain: ops}]\n';
const release = `workflow:
  id: release
  version: 1
  labels: {domain: sales}
  tasks: [{id: sign, type: HUMAN, wait_for_approval: true}]
`;

let station: HttpStation;
let run: string;

beforeAll(async () => {
  station = await openHttpStation({ 'agents.yaml': agents, 'definitions/release.yaml': release });
  const started = await cli('start', 'release', '--detach', '--as', 'chief');
  run = (JSON.parse(started.stdout) as { run: string }).run;
}, 60_000);
afterAll(() => station.close());

const cli = (...args: readonly string[]) =>
  runProgram(builtCli, [...args, '--json'], {
    cwd: station.project,
    env: { NATS_URL: station.natsUrl, USER: 'ana' },
  });

type Refusal = { readonly code: string; readonly message: string };

async function byCommandLine(args: readonly string[]): Promise<Refusal> {
  const { code, stdout, stderr } = await cli(...args);
  expect(code).toBe(1);
  const [refused] = stdout === '' ? [] : (JSON.parse(stdout) as { items: { refusal: Refusal }[] }).items;
  const told = refused?.refusal ?? (JSON.parse(stderr) as { error: Refusal }).error;

  return { code: told.code, message: told.message };
}

async function overHttp(path: string, body: object): Promise<Refusal> {
  const { status, json } = await station.ask('POST', path, body);
  const { code, detail } = json() as { code: string; detail: string };
  expect(status).toBe(403);

  return { code, message: detail };
}

test.each([
  ['pauses a run', () => ['pause', run], 'commands', { kind: 'pauseRun' }, 'authority.level'],
  [
    'approves',
    () => ['approve', run, 'sign'],
    'commands',
    { kind: 'approve', task: 'sign' },
    'authority.level',
  ],
  [
    'hands an approval over',
    () => ['approvals', 'delegate', run, 'sign', '--to', 'chief'],
    'commands',
    { kind: 'delegateApproval', task: 'sign', to: 'chief' },
    'authority.level',
  ],
  ['forks a run', () => ['fork', run, '--at', '1', '--detach'], 'fork', { at: 1 }, 'authority.domain'],
] as const)(
  'who %s without the right is refused in the same words',
  async (_what, args, path, body, code) => {
    const refused = await byCommandLine(args());

    expect(refused.code).toBe(code);
    expect(await overHttp(`runs/${run}/${path}`, body)).toEqual(refused);
  },
  60_000,
);

test('so is who starts a run, and who changes many', async () => {
  expect(await overHttp('runs', { definition: 'release' })).toEqual(
    await byCommandLine(['start', 'release', '--detach']),
  );
  const where = 'definition=release';
  const many = { where, command: { kind: 'pauseRun' }, expectCount: 1 };
  expect(await overHttp('runs/bulk', many)).toEqual(
    await byCommandLine(['pause', '--where', where, '--expect-count', '1']),
  );
}, 60_000);
