// Files of nats-server's store that are damaged: a bit turned over, or a file that ends too early. Method: a store with
// many runs in many blocks is made once; each case damages a copy, starts a real server on it, and looks at each run of
// before with the board, the reader and the doctor that users have. `DAMAGED_BLOCKS=all` plays all 600 cases.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { gapLines } from '../../src/compose/doctor/doctor-limits.ts';
import { runLines } from '../../src/compose/doctor/doctor-runs.ts';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createBoard } from '../../src/engine/board/board.ts';
import { readWithin } from '../../src/engine/run-reader/check-runs.ts';
import { within } from '../../src/lib/deadline.ts';
import { mapAtOnce } from '../../src/lib/limit.ts';
import { NatsServerError } from '../../src/nats-server/server-error.ts';
import type { DoctorLine } from '../../src/ports/doctor.ts';
import { JournalUnavailable } from '../../src/ports/runs/journal.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { NatsUnreachable } from '../../src/stores/jetstream/connection/jetstream-errors.ts';
import type { Gap } from '../../src/stores/jetstream/connection/stream-health.ts';
import { builtCli, runProgram } from '../e2e/station.ts';
import { indexedJournal, linesOf } from '../support/indexed.ts';
import { startTestServer } from '../support/nats.ts';
import { type Damage, harmRecord, makeStore, startDamaged, type WholeStore } from './damaged-store.ts';

const runCount = 200;
const isAll = process.env['DAMAGED_BLOCKS'] === 'all';
/** Twice what the slowest part may take that answers at all. */
const boundMs = 120_000;
const atOnce = isAll ? 6 : 3;

let store: WholeStore;
let project: string;

beforeAll(async () => {
  store = await makeStore(runCount);
  project = await mkdtemp(join(tmpdir(), 'workflow-blocks-project-'));
}, 120_000);
afterAll(async () => {
  await store?.remove();
  await rm(project, { recursive: true, force: true });
});

/** What was found of the runs of before. */
type Found = {
  readonly what: string;
  /** The server does not start, or does not answer, and that is said. */
  readonly refused?: string;
  /** Runs that end as before. */
  readonly whole: number;
  /** Runs that are not whole and whose name, or the place of whose last event, the doctor tells. */
  readonly named: number;
  /** Runs that are shorter or gone, and nothing in the store shows it: what the ledger is for. */
  readonly traceless: readonly string[];
  /** Runs that are there as before to the doctor, and are not. */
  readonly silent: readonly string[];
  readonly ms: number;
};

const kinds = [
  { kind: 'flip', index: 'present', cases: 250, first: 0 },
  { kind: 'flip', index: 'absent', cases: 250, first: 250 },
  { kind: 'cut', index: 'present', cases: 50, first: 500 },
  { kind: 'cut', index: 'absent', cases: 50, first: 550 },
] as const;

test.each(kinds)(
  'no run is lost without a word and nothing hangs: $kind, index $index',
  async ({ kind, index, cases, first }) => {
    const seeds = Array.from({ length: isAll ? cases : Math.ceil(cases / 25) }, (_, at) => first + at);
    const found = await mapAtOnce(seeds, atOnce, async (seed) => {
      const one = await lookAt({ seed, kind, index });
      if (isAll) process.stdout.write(`${JSON.stringify(one)}\n`);
      return one;
    });
    if (isAll) report(`${kind}, index ${index}`, found);

    for (const { what, silent, traceless, ms } of found) {
      expect(silent, what).toEqual([]);
      expect(traceless, what).toEqual([]);
      expect(ms, what).toBeLessThan(boundMs);
    }
  },
  isAll ? 7_200_000 : 120_000,
);

test('the command line and /readyz answer with the last record of a run unreadable, and name the run', async () => {
  const [[run, { position }] = ['', { position: 0 }]] = [...store.runs].slice(runCount / 2);
  const server = await startTestServer({ store: store.folder });
  onTestFinished(() => server.stop());
  await server.end();
  await harmRecord(server.storeDir, position);
  await server.restart();
  const env = { NATS_URL: server.url, LANG: 'C.UTF-8', USER: 'ana' };
  const cli = (...args: readonly string[]) => runProgram(builtCli, args, { cwd: project, env });

  const listed = JSON.parse((await cli('list', '--limit', '500', '--json')).stdout);
  expect(listed).toMatchObject({ total: runCount });
  const quarantined = JSON.parse((await cli('list', '--status', 'quarantined', '--json')).stdout);
  expect(quarantined.items).toMatchObject([{ run, damage: { code: 'journal.unreadable', position } }]);
  const doctor = await cli('doctor', '--all', '--json');
  expect(doctor.code).toBe(1);
  expect(JSON.parse(doctor.stdout).checks.filter(({ name }: DoctorLine) => name === 'runs')).toMatchObject([
    { status: 'fail', code: 'journal.unreadable', detail: expect.stringContaining(run) },
  ]);

  const engine = spawn(process.execPath, [builtCli, 'serve', '--http', '127.0.0.1:0'], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(engine, 'close');
  onTestFinished(async () => {
    engine.kill('SIGTERM');
    await ended;
  });
  let said = '';
  engine.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 60_000 }).toMatch(/dashboard on [^#\s]+/);
  const url = /dashboard on ([^#\s]+)\//.exec(said)?.[1] ?? '';
  const ready = async () => (await fetch(`${url}/readyz`)).status;
  await expect.poll(ready, { timeout: 30_000 }).toBe(200);
  await expect.poll(() => said, { timeout: 30_000 }).toContain(`run ${run}: the run is quarantined`);
  const other = [...store.runs.keys()][0] ?? '';
  expect(await cli('approve', other, 'seal')).toMatchObject({ code: 0 });
}, 180_000);

async function lookAt(damage: Damage): Promise<Found> {
  const began = performance.now();
  const nothing = { whole: 0, named: 0, traceless: [], silent: [] };
  const passed = () => performance.now() - began;
  // Its own, because doctor keeps there what it was told.
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-blocks-case-'));
  try {
    await cp(store.project, projectDir, { recursive: true });
    const { server, what } = await startDamaged(store, damage);
    try {
      const stream = await connectJetStream({ url: server.url });
      try {
        return { what, ...(await lookAtRuns(stream, projectDir)), ms: passed() };
      } finally {
        await stream.close();
      }
    } finally {
      // A server that does not answer does not end in order either.
      await server.kill9();
      await server.stop();
    }
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { what: `${damage.kind} ${damage.seed}`, refused: error.message, ...nothing, ms: passed() };
  } finally {
    await rm(projectDir, { recursive: true, force: true });
  }
}

test('doctor ends where the server stops to answer for the journal, and says so', async () => {
  const [, { position } = { position: 0 }] = [...store.runs][runCount / 2] ?? [];
  const server = await startTestServer({ store: store.folder });
  onTestFinished(async () => {
    await server.kill9();
    await server.stop();
  });
  await server.end();
  await harmRecord(server.storeDir, position, { part: 'position' });
  await server.restart();
  const stream = await connectJetStream({ url: server.url });
  onTestFinished(() => stream.close());
  const lines = await runLines(stream, { projectDir: project, all: true }, () => undefined);

  // Another version of the server may drop the block instead: then its positions are named.
  expect(lines).toContainEqual(
    expect.objectContaining({
      status: 'fail',
      code: expect.stringMatching(/^(doctor\.no-answer|journal\.positions-lost)$/),
    }),
  );
}, 120_000);

/** The server does not start, or the journal does not answer. */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof NatsServerError ||
    error instanceof NatsUnreachable ||
    error instanceof JournalUnavailable
  );
}

async function lookAtRuns(stream: JetStreamHandle, projectDir: string): Promise<Omit<Found, 'what' | 'ms'>> {
  const nothing = { whole: 0, named: 0, traceless: [], silent: [] };
  const listed = await boardOf(stream);
  const options = { projectDir, all: true };
  const lines = await runLines(stream, options, () => undefined);
  const unanswered = lines.find(({ code, detail }) => code === 'doctor.no-answer' || isUnanswered(detail));
  if (unanswered !== undefined) return { ...nothing, refused: unanswered.detail };
  const health = await stream.health();
  const gaps = health.flatMap((each) => each.gaps);
  expect(lines.filter(({ code }) => code === 'journal.positions-lost')).toEqual(gapLines(health));

  return { ...(await sortRuns(stream, { lines, gaps, listed })) };
}

function isUnanswered(detail: string): boolean {
  return detail.includes('gave no answer');
}

/** The runs that the list shows once it is kept up to date, which is what /readyz waits for. */
async function boardOf({ journal }: JetStreamHandle): Promise<ReadonlySet<string> | undefined> {
  const board = createBoard({ ...indexedJournal(journal), clock: systemClock, onTrouble: () => undefined });
  try {
    const ready = await within(
      systemClock,
      boundMs / 4,
      board.ready.then(() => true),
    );
    if (ready !== true) return undefined;
    const live = expect.poll(() => board.isLive(), { timeout: boundMs / 4 }).toBe(true);
    if (!(await live.then(...yesOrNo))) return undefined;
    return new Set((await linesOf(board)).map(({ run }) => run));
  } finally {
    await within(systemClock, 2_000, board.close());
  }
}

const yesOrNo = [() => true, () => false] as const;

type Told = {
  readonly lines: readonly DoctorLine[];
  readonly gaps: readonly Gap[];
  readonly listed: ReadonlySet<string> | undefined;
};

async function sortRuns(stream: JetStreamHandle, { lines, gaps, listed }: Told) {
  const journal = readWithin(stream.journal, systemClock);
  const sorted = { whole: 0, named: 0, traceless: [] as string[], silent: [] as string[] };
  const end = await journal.end();
  for (const [run, before] of store.runs) {
    const last = await journal.last(run);
    const isWhole =
      last?.kind === 'record' && last.record.hash === before.hash && last.record.sequence === before.sequence;
    const isNamed = lines.some(({ status, detail }) => status === 'fail' && detail.includes(run));
    const isPlaceNamed = gaps.some((gap) => gap.first <= before.position && before.position <= gap.last);
    if (isNamed || (!isWhole && isPlaceNamed)) sorted.named += 1;
    else if (isWhole && listed?.has(run) === true) sorted.whole += 1;
    // The stream ends before it: positions behind its end are given again.
    else if (!isWhole && before.position > end) sorted.traceless.push(run);
    else sorted.silent.push(run);
  }

  return sorted;
}

function report(title: string, found: readonly Found[]): void {
  const sum = (count: (each: Found) => number) => found.reduce((total, each) => total + count(each), 0);
  const counts = {
    cases: found.length,
    unanswered: found.filter(({ refused }) => refused !== undefined).length,
    whole: sum(({ whole }) => whole),
    named: sum(({ named }) => named),
    leftToLedger: sum(({ traceless }) => traceless.length),
    casesLeftToLedger: found.filter(({ traceless }) => traceless.length > 0).length,
    silent: sum(({ silent }) => silent.length),
    slowestMs: Math.round(Math.max(...found.map(({ ms }) => ms))),
  };
  process.stdout.write(`${title}: ${JSON.stringify(counts)}\n`);
}
