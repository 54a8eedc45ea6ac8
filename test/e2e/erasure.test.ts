// What is marked is nowhere as it is, before it is erased and after. Method: a real server and engine, a worker and
// commands; values with one mark in them go through inputs, variables, outputs, errors, prints, signals and large ones,
// and every byte of every file of the store and of the project is looked at for the mark, as text and as it is encoded.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { sealedWith } from '../../events/sealed-text.ts';
import { createWorker } from '../../src/compose/create-worker.ts';
import { openPorts } from '../../src/compose/session/observer-session.ts';
import { openSession, subjectKeysOf } from '../../src/compose/session/open-session.ts';
import { createKeyRing } from '../../src/keys/key-ring.ts';
import { createProject } from '../cli/project.ts';
import { chartOfText } from '../support/chart-of.ts';
import { startTestServer } from '../support/nats.ts';
import { builtCli, runProgram } from './station.ts';

const mark = 'Pl4nted-Qx7';
const valuesPerRun = 10;
const runCount = Number(process.env['ERASURE_VALUES'] ?? 500) / valuesPerRun;
const subjectCount = 5;

const text = `workflow:
  id: onboard
  version: 1
  erasure_key: "customer:\${workflow.input.customer}"
  input:
    properties:
      customer: {type: integer}
      notes: {type: array, pii: true}
      size: {type: integer}
    required: [customer, notes, size]
  variables: {first: "\${workflow.input.notes[0]}"}
  output: [all]
  tasks:
    - {id: all, type: TRANSFORM, output: {all: "\${workflow.input.notes}", greeting: "Dear \${workflow.variables.first}"}}
    - {id: print, run: {shell: sh, command: ['printf "%s" "$1"; printf "%s" "$1" >&2', "\${all.output.greeting}"]}, depends_on: all}
    - {id: fail, optional: true, run: {shell: sh, command: ['echo "no $1" >&2; exit 3', "\${all.output.greeting}"]}, depends_on: all}
    - {id: clerk, assigned_to: CLERK, input: {notes: "\${workflow.input.notes}", size: "\${workflow.input.size}"}, depends_on: all}
    - {id: each, type: FORK, for_each: "\${clerk.output.said}", as: note, depends_on: clerk, tasks: [{id: one, type: TRANSFORM, output: {said: "\${note}"}}]}
    - {id: told, type: WAIT, pii: true, signal: told, depends_on: [each, print, fail]}
`;

async function station() {
  const server = await startTestServer();
  onTestFinished(() => server.stop());
  const { dir } = await createProject({ 'definitions/onboard.yaml': text });
  const before = process.env['NATS_URL'];
  process.env['NATS_URL'] = server.url;
  onTestFinished(() => {
    if (before === undefined) delete process.env['NATS_URL'];
    else process.env['NATS_URL'] = before;
  });
  const env = { NATS_URL: server.url };
  const session = await openSession({ projectDir: dir, engine: 'embedded' }, () => undefined);
  onTestFinished(() => session.close());
  const seen: Json[] = [];
  const during: string[] = [];
  let n = 0;
  const worker = createWorker({
    ...{ agent: 'CLERK', url: server.url, capacity: 20, drainOnSignalMs: false },
    handlers: async ({ input, details }) => {
      const { notes, size } = input as { notes: string[]; size: number };
      seen.push(...notes);
      // The item is still in the queue, which forgets it once it is done.
      if (n++ === 1) during.push(...(await filesWith(needles, server.storeDir)));
      details({ at: notes[0] ?? '' });
      return { said: notes.slice(0, 2), large: `${mark}`.repeat(size) };
    },
  });
  onTestFinished(() => worker.stop());
  await worker.ready;

  return {
    server,
    dir,
    session,
    seen,
    during,
    cli: (...args: string[]) => runProgram(builtCli, args, { cwd: dir, env }),
  };
}

type Station = Awaited<ReturnType<typeof station>>;

/** As a text, and as programs write it: the base64 of a longer text begins at one of three places. */
const needles = [
  Buffer.from(mark),
  Buffer.from(mark, 'utf16le'),
  Buffer.from(Buffer.from(mark).toString('hex')),
  ...[0, 1, 2].map((offset) => {
    const padded = Buffer.from('x'.repeat(offset) + mark).toString('base64');
    return Buffer.from(padded.slice(Math.ceil((offset * 8) / 6), -4));
  }),
];

async function filesWith(
  wanted: readonly Buffer[],
  ...folders: readonly string[]
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const content = await readFile(path);
      if (wanted.some((needle) => content.includes(needle))) found.push(path);
    }
  }

  return found;
}

async function playRuns({ session }: Station): Promise<readonly string[]> {
  const runs: string[] = [];
  for (let n = 0; n < runCount; n += 1) {
    const notes = Array.from({ length: valuesPerRun }, (_, at) => `${mark}-${n}-${at}`);
    const input = { customer: n % subjectCount, notes, size: n === 0 ? 30_000 : 1 };
    const answer = await session.workflows.start({ ...started(), input, actor: 'ada' });
    if (!answer.ok) throw new Error(answer.refusal.message);
    runs.push(answer.run);
  }
  for (const run of runs) {
    await session.workflows.command(
      run,
      { kind: 'signal', name: 'told', data: { heard: `${mark} told` } },
      'ada',
    );
  }
  for (const run of runs)
    await expect.poll(() => statusOf(session, run), { timeout: 60_000 }).toBe('COMPLETED');

  return runs;
}

function started() {
  const { definition, ref } = chartOfText(text);

  return { definition: { definition, ref, text, banner: '' }, file: 'definitions/onboard.yaml' };
}

async function statusOf({ reader }: Pick<Station['session'], 'reader'>, run: string) {
  const last = await reader.last(run);

  return last?.kind === 'record' ? last.record.data.head.status : undefined;
}

test('values that are marked stand in no file as they are, and nobody can open them once they are erased', async () => {
  const here = await station();
  const { server, dir, session, seen, during, cli } = here;
  const runs = await playRuns(here);
  expect(new Set(seen).size).toBe(runCount * valuesPerRun);
  expect(during).toEqual([]);
  expect(await filesWith(needles, server.storeDir, dir)).toEqual([]);

  // What would open them, as somebody could have copied it.
  const keys = subjectKeysOf(dir, session.stream);
  const names = (
    await Promise.all([...Array(subjectCount).keys()].map((n) => keys.keysOf(`customer:${n}`)))
  ).flat();
  const wrapped = await Promise.all(names.map((name) => session.stream.keyEntries.get(`key.${name}`)));
  const bodies = wrapped.map((body) => Buffer.from(body ?? ''));
  expect(bodies.every(({ length }) => length > 40)).toBe(true);
  expect(await filesWith(bodies, server.storeDir)).not.toEqual([]);

  const [first = ''] = runs;
  // Whoever may see the run sees them, and nothing is left of that.
  expect((await cli('show', first)).stdout).toContain(mark);
  expect(await filesWith(needles, server.storeDir, dir)).toEqual([]);
  const before = await session.reader.fold(first, { verified: true });
  for (let n = 0; n < subjectCount; n += 1) {
    const erased = await cli(
      'erase',
      '--subject',
      `customer:${n}`,
      '--certificate',
      `cert-${n}.json`,
      '--json',
    );
    expect(erased.stdout).toContain(`"runs": ${runCount / subjectCount}`);
  }
  expect((await cli('audit', 'verify', 'cert-0.json')).code).toBe(0);

  // The wrapped keys are gone from the disk, and the master key opens nothing that is left of them.
  expect(await filesWith(bodies, server.storeDir, dir)).toEqual([]);
  expect(await Promise.all(names.map((name) => session.stream.keyEntries.get(`key.${name}`)))).toEqual(
    names.map(() => undefined),
  );
  expect(await createKeyRing(dir).list()).toHaveLength(1);
  expect(await filesWith(needles, server.storeDir, dir)).toEqual([]);
  await server.end();
  expect(await filesWith([...bodies, ...needles], server.storeDir, dir)).toEqual([]);
  await server.restart();

  // A person sees when it was erased.
  expect((await cli('show', first)).stdout).toMatch(/erased at \d{4}-/);
  // Chains verify, and what happened is told as before.
  expect(await session.reader.fold(first, { verified: true })).toEqual(before);
  expect(sealedWith((before.run.state.output as { all: Json }).all)).toBe(names[0]);
  for (const command of ['show', 'history', 'replay']) expect((await cli(command, first)).code).toBe(0);
  expect((await cli('audit', 'export', first, '--out', 'run.json')).code).toBe(0);
  expect((await cli('audit', 'verify', 'run.json')).code).toBe(0);
  const told = await session.workflows.whatIf(first, started().definition);
  expect(told.whatIf).toMatchObject({ kind: 'untold', why: expect.stringContaining('erased') });
}, 600_000);

test('a run under way stands in the way of erasing, until it is terminated', async () => {
  const { session, cli, dir } = await station();
  const input = { customer: 7, notes: [mark], size: 1 };
  const answer = await session.workflows.start({ ...started(), input, actor: 'ada' });
  if (!answer.ok) throw new Error(answer.refusal.message);
  const refused = await cli('erase', '--subject', 'customer:7');
  expect([refused.code, refused.stderr]).toEqual([
    expect.any(Number),
    expect.stringContaining('erasure.live-runs'),
  ]);

  expect((await cli('erase', '--subject', 'customer:7', '--terminate-live')).code).toBe(0);
  expect(await statusOf(session, answer.run)).toBe('TERMINATED');
  expect((await cli('erase', '--subject', 'customer:8')).stderr).toContain('erasure.unknown-subject');

  // A backup that brings the key back brings nothing back: the list of the project has it destroyed again.
  const { ports, close } = await openPorts(dir, () => undefined);
  expect(await ports.erasures.list()).toHaveLength(1);
  await close();
}, 60_000);
