// A store that loses runs as a whole, which no chain of hashes tells. Method: the built program with a server of its
// own, runs that wait for a person, and what a disk or a person can do to the files of the store: a bit, a cut, a store
// that is removed or put back. What the ledger beside the journal says is compared with what is really gone.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { mapAtOnce } from '../../src/lib/limit.ts';
import { builtCli, type Finished, runProgram } from '../e2e/station.ts';

const waiting = 1_000;
const signed = `workflow:
  id: signed
  version: 1
  tasks: [{ id: sign, type: HUMAN, wait_for_approval: true }]
`;
const env = { NATS_URL: '', LANG: 'C.UTF-8', USER: 'ana' };

/** A project with waiting runs, whose server is down. Each test gets a copy. */
let original: string;
let started: readonly string[];

beforeAll(async () => {
  original = await mkdtemp(join(tmpdir(), 'workflow-ledger-'));
  await mkdir(join(original, 'definitions'));
  await writeFile(join(original, 'definitions', 'signed.yaml'), signed);
  const engine = await serve(original);
  started = await startRuns(engine, waiting);
  await engine.end('SIGTERM');
  await cli(original, 'down');
}, 120_000);

afterAll(async () => {
  await rm(original, { recursive: true, force: true });
});

test('a bit that is flipped in a block, with index.db gone, hides no run', async () => {
  const project = await openProject();
  const [block] = await blocksOf(project);
  await flipBit(block ?? '', 0.4);
  await rm(join(block ?? '', '..', 'index.db'));

  const left = await namesOf(project);
  const gone = started.filter((run) => !left.has(run));
  expect(gone.length).toBeGreaterThan(100);
  const doctor = await cli(project, 'doctor', '--all', '--json');
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).not.toContain('sound');
  expect(gone.filter((run) => !doctor.stdout.includes(run))).toEqual([]);
  expect(doctor.stdout).toContain('ledger.run-missing');
}, 120_000);

type Engine = {
  readonly url: string;
  readonly said: () => string;
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
};

async function serve(project: string): Promise<Engine> {
  const child = spawn(process.execPath, [builtCli, 'serve', '--http', '127.0.0.1:0'], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('engine ready')) resolve();
    });
    void ended.then(() => reject(new Error(`the engine ended: ${said}`)));
  });

  return {
    url: /dashboard on (\S+)/.exec(said)?.[1] ?? '',
    said: () => said,
    end: async (signal) => {
      child.kill(signal);
      await ended;
    },
  };
}

function startRuns({ url }: Pick<Engine, 'url'>, count: number): Promise<readonly string[]> {
  return mapAtOnce(Array.from({ length: count }), 32, async () => {
    const answer = await fetch(`${url}/api/v1/runs`, {
      method: 'POST',
      body: JSON.stringify({ definition: 'signed' }),
      headers: { 'Content-Type': 'application/json' },
    });
    const { run } = (await answer.json()) as { readonly run: string };
    expect(answer.status).toBeLessThan(300);

    return run;
  });
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

function cli(project: string, ...args: readonly string[]): Promise<Finished> {
  return runProgram(builtCli, args, { cwd: project, env });
}

async function namesOf(project: string): Promise<ReadonlySet<string>> {
  const { stdout, stderr } = await cli(project, 'list', '--limit', '1000', '--json');
  if (stdout === '') throw new Error(stderr);

  return new Set((JSON.parse(stdout) as { runs: { run: string }[] }).runs.map(({ run }) => run));
}

async function blocksOf(project: string): Promise<readonly string[]> {
  const streams = join(project, '.3ox', 'nats', 'store', 'jetstream', '$G', 'streams');
  const folder = join(streams, 'WF_DEFAULT_JOURNAL', 'msgs');
  const found = (await readdir(folder)).filter((file) => file.endsWith('.blk'));

  return found.map((file) => join(folder, file)).sort();
}

async function flipBit(path: string, share: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const at = Math.floor((await stat(path)).size * share);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 0x10;
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
}
