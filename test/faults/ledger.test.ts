// A store that loses runs as a whole, which no chain of hashes tells. Method: the built program with a server of its
// own, runs that wait for a person, and what a disk or a person can do to the files of the store: a bit, a cut, a store
// that is removed or put back. What the ledger beside the journal says is compared with what is really gone.
import { cp, mkdtemp, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Finished } from '../e2e/station.ts';
import { blocksOf, cli, type Engine, flipBit, makeProject, serve, startRuns } from './waiting-project.ts';

const waiting = 300;

/** A project with waiting runs, whose server is down. Each test gets a copy. */
let original: string;
let started: readonly string[];

beforeAll(async () => {
  original = await makeProject();
  const engine = await serve(original);
  started = await startRuns(engine, waiting);
  await engine.end('SIGTERM');
  await cli(original, 'down');
}, 240_000);

afterAll(async () => {
  await rm(original, { recursive: true, force: true });
});

test('a bit that is flipped in a block, with index.db gone, hides no run, until a person accepts the loss', async () => {
  const project = await openProject();
  const [block = ''] = await blocksOf(project);
  await flipBit(block, 0.4);
  await rm(join(block, '..', 'index.db'));

  const gone = await goneFrom(project);
  expect(gone.length).toBeGreaterThan(waiting / 10);
  await namesAll(project, gone);
  const [first = ''] = gone;
  expect((await cli(project, 'show', first)).stdout).toContain('ledger.run-missing');
  const shown = await cli(project, 'show', first, '--json');
  expect(JSON.parse(shown.stderr).error).toMatchObject({ code: 'run.quarantined' });

  const engine = await serve(project);
  expect(engine.said()).toContain('ledger.run-missing');
  const approved = await cli(project, 'approve', first, 'sign', '--json');
  expect(JSON.parse(approved.stderr).error).toMatchObject({ code: 'run.quarantined' });
  const ready = await fetch(`${engine.url}/readyz`);
  expect(await ready.json()).toMatchObject({
    status: 'ok',
    warnings: [expect.stringContaining(`${gone.length} runs`), expect.anything()],
  });
  const accepted = await cli(project, 'doctor', '--repair', '--yes', '--json');
  expect(lines(accepted, 'repair')[0]?.detail).toContain(`${gone.length} runs are lost from now on`);
  expect(lines(accepted, 'ledger')).toContainEqual(
    expect.objectContaining({ detail: expect.stringMatching(/^\d+ runs are lost, accepted by ana at/) }),
  );
  await expect.poll(() => readyWarnings(engine), { timeout: 20_000 }).toEqual([]);
  await engine.end('SIGTERM');
  expect(await cli(project, 'doctor', '--all')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('sound'),
  });
}, 360_000);

test.each([
  ['a third', 1 / 3],
  ['all but its beginning', 0.99],
])(
  'a block that is cut by %s hides no run',
  async (_how, share) => {
    const project = await openProject();
    const [block = ''] = await blocksOf(project);
    await truncate(block, Math.floor((await stat(block)).size * (1 - share)));
    await rm(join(block, '..', 'index.db'));

    const gone = await goneFrom(project);
    expect(gone.length).toBeGreaterThan(waiting / 10);
    const doctor = await namesAll(project, gone);
    expect(doctor).toContain('ledger.shortened');
  },
  120_000,
);

test('positions that were given again are told, and the run that has them twice is quarantined', async () => {
  const project = await openProject();
  const engine = await serve(project);
  const [run = ''] = started;
  const [block = ''] = await blocksOf(project);
  const { size } = await stat(block);
  expect(await cli(project, 'approve', run, 'sign')).toMatchObject({ code: 0 });
  await engine.end('SIGTERM');
  await cli(project, 'down');
  await truncate(block, size);
  await rm(join(block, '..', 'index.db'), { force: true });
  // An engine that knows of nothing goes on with what is left.
  const ledger = join(project, '.3ox', 'ledger');
  await rename(ledger, `${ledger}.aside`);
  expect(await cli(project, 'terminate', run, '--yes')).toMatchObject({ code: 0 });
  await rm(ledger, { recursive: true });
  await rename(`${ledger}.aside`, ledger);

  const doctor = await cli(project, 'doctor', '--all', '--json');
  expect(doctor).toMatchObject({ code: 1, stdout: expect.not.stringContaining('sound') });
  expect(lines(doctor, 'runs')).toEqual([
    expect.objectContaining({ detail: expect.stringMatching(new RegExp(`^${run} .*ledger\\.rewritten`)) }),
  ]);
  const shown = await cli(project, 'show', run, '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({
    status: 'QUARANTINED',
    damage: { code: 'ledger.rewritten' },
  });
}, 360_000);

test('engines that are killed at any instant, two at a time, give no false alarm', async () => {
  const project = await openProject();
  for (const starts of [2, 30]) {
    const [one, other] = await Promise.all([serve(project), serve(project)]);
    const starting = Promise.allSettled([startRuns(one, starts), startRuns(other, starts)]);
    await startRuns(one, 1);
    await Promise.all([one.end('SIGKILL'), other.end('SIGKILL')]);
    await starting;
  }
  const doctor = await cli(project, 'doctor', '--all', '--json');
  expect(lines(doctor, 'ledger')).toMatchObject([
    { status: 'ok', detail: expect.stringMatching(/^all \d+ runs/) },
  ]);
  const otherSpace = await cli(project, 'doctor', '--all', '--json', { WORKFLOW_NAMESPACE: 'other' });
  expect(lines(otherSpace, 'ledger')).toMatchObject([
    { status: 'ok', detail: expect.stringContaining('begins now') },
  ]);
}, 360_000);

test('a store that was removed is told once, with how to accept that; what it held is known when it comes back', async () => {
  const project = await openProject();
  const store = join(project, '.3ox', 'nats');
  await rename(store, `${store}.aside`);
  const engine = await serve(project);
  await startRuns(engine, 1);
  expect(engine.said().split('ledger.replaced')).toHaveLength(2);
  expect(engine.said()).not.toContain('ledger.run-missing');
  await engine.end('SIGTERM');
  const repair = await cli(project, 'doctor', '--repair', '--json');
  expect(repair).toMatchObject({ code: 1, stdout: expect.not.stringContaining('sound') });
  expect(lines(repair, 'ledger')).toMatchObject([
    {
      detail: expect.stringContaining(`with ${waiting} runs`),
      advice: [{}, { command: 'workflow doctor --repair --yes' }],
    },
  ]);
  expect((await cli(project, 'doctor', '--repair', '--yes')).code).toBe(0);
  expect((await cli(project, 'doctor')).code).toBe(0);
}, 240_000);

test('a store as it was before is told of run by run, and without a ledger all that is there counts', async () => {
  const project = await openProject();
  const store = join(project, '.3ox', 'nats', 'store');
  await cp(store, `${store}.backup`, { recursive: true });
  const started = JSON.parse((await cli(project, 'start', 'signed', '--detach', '--json')).stdout) as {
    run: string;
  };
  await cli(project, 'down');
  await rm(store, { recursive: true });
  await rename(`${store}.backup`, store);

  await namesAll(project, [started.run]);
  await rm(join(project, '.3ox', 'ledger'), { recursive: true });
  const doctor = await cli(project, 'doctor', '--all', '--json');
  expect(lines(doctor, 'ledger')).toMatchObject([
    { status: 'ok', detail: expect.stringContaining('begins now') },
  ]);
  expect(lines(await cli(project, 'doctor', '--json'), 'ledger')).toMatchObject([
    { status: 'ok', detail: expect.stringMatching(new RegExp(`^all ${waiting} runs .* since 20`)) },
  ]);
}, 240_000);

test('a ledger that cannot be written holds nothing up, and that is said', async () => {
  const project = await openProject();
  await rm(join(project, '.3ox', 'ledger'), { recursive: true });
  await writeFile(join(project, '.3ox', 'ledger'), 'no folder');
  const engine = await serve(project);
  const [run = ''] = await startRuns(engine, 1);

  expect(await cli(project, 'approve', run, 'sign')).toMatchObject({ code: 0 });
  expect(engine.said()).toContain('the ledger of the journal cannot be');
  await engine.end('SIGTERM');
  expect(lines(await cli(project, 'doctor', '--json'), 'ledger')).toMatchObject([{ status: 'fail' }]);
}, 240_000);

type Line = { readonly name: string; readonly status: string; readonly detail: string };

function lines({ stdout, stderr }: Finished, name: string): readonly Line[] {
  if (stdout === '') throw new Error(stderr);

  return (JSON.parse(stdout) as { checks: Line[] }).checks.filter((line) => line.name === name);
}

/** The runs that were started and are on no list any more. */
async function goneFrom(project: string): Promise<readonly string[]> {
  const left = await namesOf(project);

  return started.filter((run) => !left.has(run));
}

async function namesAll(project: string, gone: readonly string[]): Promise<string> {
  const doctor = await cli(project, 'doctor', '--all', '--json');
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).not.toContain('sound');
  expect(doctor.stdout).toContain('ledger.run-missing');
  expect(gone.filter((run) => !doctor.stdout.includes(run))).toEqual([]);

  return doctor.stdout;
}

async function readyWarnings({ url }: Engine): Promise<unknown> {
  return ((await (await fetch(`${url}/readyz`)).json()) as { warnings: unknown }).warnings;
}

async function openProject(): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'workflow-ledger-'));
  await cp(original, project, { recursive: true });
  onTestFinished(async () => {
    await cli(project, 'down');
    await rm(project, { recursive: true, force: true, maxRetries: 10 });
  });

  return project;
}

async function namesOf(project: string): Promise<ReadonlySet<string>> {
  const { stdout, stderr } = await cli(project, 'list', '--limit', '1000', '--json');
  if (stdout === '') throw new Error(stderr);

  return new Set((JSON.parse(stdout) as { items: { run: string }[] }).items.map(({ run }) => run));
}
