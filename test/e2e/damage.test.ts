// What becomes of runs whose journals are damaged, as a person at a terminal sees it. Method: a real server, the built
// command line, journals that were copied with something done to them, and one `workflow serve` for all of them.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../stores/jetstream/open-jetstream.ts';
import { kinds } from '../support/damaging.ts';
import { startTestServer, type TestServer } from '../support/nats.ts';
import { bodiesOf, copyRun } from './damaged-journal.ts';
import { builtCli, type Finished, runProgram } from './station.ts';

// A quick attempt is one record, a slow one two: with two tasks something always follows the second record.
const definition = (id: string) => `
workflow:
  id: ${id}
  version: 1
  tasks:
    - { id: first, run: { command: ['true'] } }
    - { id: second, run: { command: ['true'] }, depends_on: first }
    - { id: ask, type: HUMAN, wait_for_approval: true, depends_on: second }
    - { id: after, type: NOOP, depends_on: ask }
`;

type Kind = keyof typeof kinds;
const damaged = Object.keys(kinds) as Kind[];
const runs = {} as Record<Kind | 'healthy' | 'lost', string>;
const places = {} as Record<Kind, readonly number[]>;

let server: TestServer;
let folder: string;
let engine: { readonly stderr: () => string; readonly end: () => Promise<unknown> };

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'workflow-damage-'));
  await mkdir(join(folder, 'definitions'));
  await writeFile(join(folder, 'definitions', 'asked.yaml'), definition('asked'));
  await writeFile(join(folder, 'definitions', 'lost.yaml'), definition('lost'));
  // One definition has to be known where the runs are copied to, too; the other is not.
  const [lost, , ...whole] = await Promise.all([
    waitingRun('whole', 'lost'),
    waitingRun('hurt', 'asked'),
    ...[...damaged, 'healthy'].map(() => waitingRun('whole', 'asked')),
  ]);
  for (const [at, name] of ([...damaged, 'healthy'] as const).entries()) runs[name] = whole[at] ?? '';
  runs.lost = lost ?? '';
  for (const kind of damaged) {
    places[kind] = await copyRun(server.url, {
      run: runs[kind],
      from: 'whole',
      to: 'hurt',
      damage: kinds[kind],
    });
  }
  for (const run of [runs.healthy, runs.lost])
    await copyRun(server.url, { run, from: 'whole', to: 'hurt', damage: (bodies) => bodies });
  await publish(server.url, { subject: 'wf.hurt.run.0.NOBODY', body: '{}' });
  engine = await serve();
}, 120_000);

afterAll(async () => {
  await engine?.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  ['foreign', 'journal.foreign', 'the body is not JSON', undefined],
  ['altered', 'journal.altered', 'its hash does not fit its content', 2],
  ['gap', 'journal.broken-chain', 'it is missing: the journal goes on with event 3', 2],
  ['repeated', 'journal.broken-chain', 'event 2 stands in its place again', 3],
  ['unexplained', 'journal.unexplained', 'task.completed', undefined],
] as const)(
  'a run with damage of the kind "%s" is quarantined, and every command says so',
  async (kind, code, text, at) => {
    const run = runs[kind];
    const positions = places[kind];
    const sequence = at ?? positions.length;
    const damage = {
      code,
      sequence,
      position: positions[sequence - 1],
      message: expect.stringContaining(text),
    };

    const [shown, status, { events }, replayed] = await Promise.all([
      json('show', run),
      cli('status', run),
      json('history', run),
      cli('replay', run),
    ]);
    expect(shown).toMatchObject({ status: 'QUARANTINED', sequence: sequence - 1, damage });
    expect(status).toMatchObject({ code: 0, stderr: expect.stringContaining('workflow doctor --repair') });
    expect(status.stdout).toContain(`event ${sequence} (position ${damage.position} of the journal)`);
    expect(status.stdout).toContain('⚠ quarantined');
    expect(events).toHaveLength(positions.length);
    expect(events[sequence - 2]).toMatchObject({ sequence: sequence - 1 });
    expect(events[sequence - 1]).toMatchObject({ position: damage.position, damage });
    expect(replayed).toMatchObject({ code: 7, stdout: expect.stringContaining(code) });
    for (const command of [
      ['approve', run, 'ask'],
      ['resume', run],
    ]) {
      const refused = await cli(...command, '--json');
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(JSON.parse(refused.stderr).error).toMatchObject({ code: 'run.quarantined' });
    }
    const stored = await bodiesOf(server.url, 'hurt', run);
    expect(stored).toEqual(kinds[kind](await bodiesOf(server.url, 'whole', run), run));
  },
  120_000,
);

test('the others go on under the same engine, which tells of each damaged run', async () => {
  expect(await cli('approve', runs.healthy, 'ask')).toMatchObject({ code: 0 });
  expect(await cli('replay', runs.healthy)).toMatchObject({ code: 0 });
  for (const name of [...damaged, 'lost'] as const) {
    expect(engine.stderr()).toContain(`run ${runs[name]}: the run is quarantined`);
  }
}, 120_000);

test('the list marks what the last message of a run tells, and can be asked for it', async () => {
  const { items: listed } = await json('list', '--status', 'quarantined');
  expect(listed).toMatchObject([
    { run: runs.foreign, status: 'QUARANTINED', damage: { code: 'journal.foreign' } },
  ]);
  expect((await cli('status')).stdout).toContain('⚠ quarantined 1');
  expect((await cli('dead-letters')).code).toBe(0);
}, 120_000);

test('a way out is to go on in a new run, from the last event that is sound', async () => {
  const forked = await cli('fork', runs.altered, '--at', '1', '--json');
  expect(forked.code).toBe(6);
  expect(JSON.parse(forked.stdout)).toMatchObject({
    forkedFrom: { run: runs.altered, at: 1 },
    outcome: 'waiting',
  });
}, 120_000);

test('doctor names every damaged run and what can be done, and mends what it can do no harm with', async () => {
  const found = await cli('doctor', '--repair', '--json');
  expect(found.code).toBe(1);
  const { checks } = JSON.parse(found.stdout) as { checks: Check[] };
  for (const name of [...damaged, 'lost'] as const) {
    expect(checks).toContainEqual(
      expect.objectContaining({ status: 'fail', detail: expect.stringContaining(runs[name]) }),
    );
  }
  expect(checks).toContainEqual(expect.objectContaining({ name: 'journal', status: 'warn' }));
  expect(adviceFor(checks, runs.gap)).toContain(`workflow fork ${runs.gap} --at 1`);
  expect(adviceFor(checks, runs.lost)).toEqual(['workflow doctor --repair --yes']);

  const named = (lines: readonly Check[]) => lines.flatMap(({ detail }) => /^\w{26}/.exec(detail)?.[0] ?? []);
  const all = named(checks);
  const page = await json('doctor', '--limit', '2');
  expect(named(page.checks)).toEqual(all.slice(0, 2));
  const fix = `workflow doctor --limit 2 --after ${all[1]}`;
  expect(page.checks).toContainEqual(
    expect.objectContaining({ code: 'doctor.more', detail: expect.stringMatching(/^\d+ more runs/), fix }),
  );
  expect(named((await json('doctor', '--after', `${all[1]}`)).checks)).toEqual(all.slice(2));

  const repaired = await cli('doctor', '--repair', '--yes');
  expect(repaired.stdout).toContain(`${runs.lost} is whole again; it goes on with`);
  expect(await cli('resume', runs.lost)).toMatchObject({ code: 6 });
  expect(await cli('approve', runs.lost, 'ask')).toMatchObject({ code: 0 });
}, 240_000);

type Check = {
  readonly name: string;
  readonly detail: string;
  readonly advice?: readonly { readonly command?: string }[];
};

function adviceFor(checks: readonly Check[], run: string): readonly (string | undefined)[] {
  return checks.find(({ detail }) => detail.includes(run))?.advice?.map(({ command }) => command) ?? [];
}

function cli(...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: folder, env: environment('hurt') });
}

async function json(...args: readonly string[]) {
  const ran = await cli(...args, '--json');
  if (ran.stdout === '') throw new Error(ran.stderr);

  return JSON.parse(ran.stdout);
}

function environment(namespace: string): Readonly<Record<string, string>> {
  return { NATS_URL: server.url, WORKFLOW_NAMESPACE: namespace, LANG: 'C.UTF-8' };
}

/** Starts a run, which waits for a person soon. */
async function waitingRun(namespace: string, id: string): Promise<string> {
  const ran = await runProgram(builtCli, ['start', id, '--json'], {
    cwd: folder,
    env: environment(namespace),
  });
  const { run, outcome } = JSON.parse(ran.stdout);
  expect(outcome, ran.stderr).toBe('waiting');

  return run;
}

async function serve(): Promise<typeof engine> {
  const child = spawn(process.execPath, [builtCli, 'serve'], {
    cwd: folder,
    env: { ...process.env, ...environment('hurt') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  const ended = new Promise((resolve) => child.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => {
      stderr += text;
      if (stderr.includes('engine ready')) resolve();
    });
    ended.then(() => reject(new Error(stderr)), reject);
  });

  return {
    stderr: () => stderr,
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
