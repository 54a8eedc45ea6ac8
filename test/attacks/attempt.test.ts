// The program that carries an attempt out, with what it is handed: its environment, its input, and over HTTP the claim
// of the item. Method: the built engine, commands of tasks and of `workflow worker` that write down what they see, and
// plain requests with a claim that was really given away.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { builtCli } from '../e2e/station.ts';
import { type AttackedProject, openAttacked } from './attacked-project.ts';

const looking = `workflow:
  id: looking
  version: 1
  tasks:
    - {id: see, run: {shell: sh, command: ["env > seen-by-command"]}}
    - {id: look, assigned_to: LOOKER, depends_on: see}
`;

vi.setConfig({ testTimeout: 120_000 });

let project: AttackedProject;
let mine: { readonly claim: string; readonly run: string };
let other: { readonly claim: string; readonly run: string };

beforeAll(async () => {
  project = await openAttacked({ looking });
  mine = await takeErrand();
  other = await takeErrand();
}, 240_000);
afterAll(() => project?.close(), 120_000);

/** An errand is started, and its item claimed as a worker of the project does. */
async function takeErrand(): Promise<{ readonly claim: string; readonly run: string }> {
  const started = await project.asOwner('/api/v1/runs', { definition: 'errand', input: {} });
  const asked = { agent: 'RUNNER', worker: 'w', waitMs: 20_000 };
  const taken = await project.asOwner('/api/v1/work/claim', asked);
  expect(taken.status, taken.text).toBe(200);

  return { run: JSON.parse(started.text).run, claim: JSON.parse(taken.text).claim };
}

const statusOf = async (run: string) =>
  JSON.parse((await project.asOwner(`/api/v1/runs/${run}`)).text).status;
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const work = (what: string, body: object) => project.ask(`/api/v1/work/${what}`, { body });
const code = (text: string): string => (JSON.parse(text) as { readonly code: string }).code;

/** Nothing of it may stand in what a command is handed. */
async function keys(): Promise<readonly string[]> {
  const read = (path: string) => readFile(join(project.folder, path), 'utf8');
  const password = (await read('.3ox/nats/server.password')).trim();
  const token = (await read('.3ox/owner.header')).trim().split(' ').at(-1) ?? '';

  return [
    password,
    token,
    'of-somebody',
    'the-secret-of-the-shop',
    'NATS_URL',
    'WORKFLOW_TOKEN',
    'WORKFLOW_SECRET',
  ];
}

test('a command of a task looks for a key in its environment', async () => {
  await seenBy('seen-by-command');
});

test('a command of `workflow worker` looks for a key in its environment', async () => {
  const worker = ['worker', 'LOOKER', '--', 'sh', '-c', 'env > seen-by-worker; echo {}'];
  const child = spawn(process.execPath, [builtCli, ...worker], {
    cwd: project.folder,
    // What a person may have set in that shell.
    env: {
      ...process.env,
      NATS_URL: '',
      WORKFLOW_TOKEN: '3ox_of-somebody',
      WORKFLOW_SECRET_SHOP: 'the-secret-of-the-shop',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  });

  await seenBy('seen-by-worker');
});

async function seenBy(file: string): Promise<void> {
  const started = await project.asOwner('/api/v1/runs', { definition: 'looking', input: {} });
  expect(started.status, started.text).toBe(201);
  const seen = () => readFile(join(project.folder, file), 'utf8').catch(() => '');
  await expect.poll(seen, { timeout: 30_000 }).toContain('WORKFLOW_KEY');
  const environment = await seen();

  for (const key of await keys()) expect(environment).not.toContain(key);
}

const beyond = [
  ['lists the runs', '/api/v1/runs'],
  ['reads its own run', '/api/v1/runs/@last'],
  ['reads the journal of its run', '/api/v1/runs/@last/events'],
  ['follows what happens', '/api/v1/stream'],
  ['reads the measures', '/metrics'],
  ['reads the definitions', '/api/v1/definitions'],
  ['approves the gate', '/api/v1/runs/@last/commands', { kind: 'approve', task: 'sign' }],
  ['starts a run', '/api/v1/runs', { definition: 'gate', input: {} }],
  ['publishes a definition', '/api/v1/definitions/publish', { text: 'x', file: 'x.yaml' }],
  ['publishes an event', '/api/v1/events', { event: { type: 'x', data: {} } }],
  ['takes more work of its own agent', '/api/v1/work/claim', { agent: 'RUNNER', waitMs: 1 }],
  ['takes the work of another agent', '/api/v1/work/claim', { agent: 'LOOKER', waitMs: 1 }],
] as const;

test.each(beyond)('with its claim as a token it %s', async (_name, path, body?: object) => {
  const told = await project.ask(path, { body, headers: bearer(mine.claim) });

  // After ten texts that open nothing, whoever sends them has to wait.
  expect([401, 429]).toContain(told.status);
});

test.each(['workflow_token', 'workflow_owner_default'])(
  'it sends its claim as the cookie %s',
  async (name) => {
    const headers = { cookie: `${name}=${mine.claim}; ${ownerCookie()}=${mine.claim}` };

    expect((await project.ask('/api/v1/runs', { headers })).status).toBe(401);
  },
);

function ownerCookie(): string {
  return `workflow_owner_${new URL(project.url).port}`;
}

test('it signs a browser in with its claim', async () => {
  expect([400, 401, 429]).toContain(
    (await project.ask('/api/v1/session', { body: { token: mine.claim } })).status,
  );
});

test('it reports another attempt: what it says beside its claim is not believed', async () => {
  const body = { claim: mine.claim, run: other.run, task: 'run', attempt: 1, output: 1 };
  const told = await work('complete', body);

  // Unknown members are refused, or were not read.
  expect([200, 400]).toContain(told.status);
  expect(await statusOf(other.run)).toBe('RUNNING');
  if (told.status === 200) mine = await takeErrand();
});

test.each([
  [
    'the last character of its claim is another',
    (claim: string) => `${claim.slice(0, -1)}${claim.endsWith('A') ? 'B' : 'A'}`,
  ],
  ['two claims are sewn together', (claim: string) => claim.slice(0, 40) + other.claim.slice(40)],
  ['its claim is cut short', (claim: string) => claim.slice(0, -8)],
  [
    'its claim is said in plain text',
    () => Buffer.from(JSON.stringify({ run: other.run, task: 'run' })).toString('base64url'),
  ],
  ['its claim is the key of the attempt', () => `${other.run}/run/1`],
])('it reports with a claim of its own making: %s', async (_name, made) => {
  for (const what of ['heartbeat', 'complete', 'fail', 'release']) {
    const more = { output: 1, error: { code: 'x', message: 'x' } };
    const { output, error } = more;
    const body = what === 'complete' ? { output } : what === 'fail' ? { error } : {};
    const told = await work(what, { claim: made(mine.claim), ...body });
    expect(told.status).toBe(409);
    expect(code(told.text), what).toBe('work.claim');
  }
  expect([await statusOf(mine.run), await statusOf(other.run)]).toEqual(['RUNNING', 'RUNNING']);
});

test('it reports with a claim that another project gave away', async () => {
  const foreign = await openAttacked();
  onTestFinished(() => foreign.close());
  await foreign.asOwner('/api/v1/runs', { definition: 'errand', input: {} });
  const taken = await foreign.asOwner('/api/v1/work/claim', { agent: 'RUNNER', worker: 'w', waitMs: 20_000 });
  const told = await work('complete', { claim: JSON.parse(taken.text).claim, output: 1 });

  expect(code(told.text)).toBe('work.claim');
});

test('with its claim, and without any token, it reports its own attempt, once', async () => {
  expect((await work('heartbeat', { claim: mine.claim })).status).toBe(200);
  expect((await work('complete', { claim: mine.claim, output: { done: true } })).status).toBe(200);
  await expect.poll(() => statusOf(mine.run), { timeout: 20_000 }).toBe('COMPLETED');
});

test.each(['fail', 'heartbeat', 'release'])('it goes on with its claim after the end: %s', async (what) => {
  const error = { error: { code: 'too.late', message: 'x' } };
  const told = await work(what, { claim: mine.claim, ...(what === 'fail' ? error : {}) });

  expect(told.status, told.text).toBe(409);
  expect(await statusOf(mine.run)).toBe('COMPLETED');
});

test('after all that the gate waits, for the person', async () => {
  expect(JSON.parse((await project.asOwner(`/api/v1/runs/${project.gate}`)).text)).toMatchObject({
    shown: 'NEEDS_APPROVAL',
  });
});
