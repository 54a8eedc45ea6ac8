// Commands end with the engine or the worker that is killed. Method: the built program in processes of their own, on a
// real server, with a command whose child ignores SIGTERM; then SIGKILL. Both have two seconds to be gone, which is the
// promise. What runs beside them, for others, goes on.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHttpStation } from '../e2e/http-station.ts';
import { builtCli } from '../e2e/station.ts';
import { startWorker } from '../e2e/worker-programs.ts';

const isLinux = process.platform === 'linux';
/** Alone they are gone after half a second; a loaded machine takes its time. */
const goneWithinMs = 15_000;

/** Each process writes a file named by its pid into the folder PIDS when it is ready. */
const stubborn = 'trap "" TERM; touch "$0"/$$; while :; do sleep 1; done';
const family = `sh -c '${stubborn}' "$1" & exec sh -c '${stubborn}' "$1"`;

async function folderOfPids(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-pids-'));
  onTestFinished(async () => {
    for (const pid of await pidsIn(folder)) killIfThere(pid);
    await rm(folder, { recursive: true, force: true });
  });

  return folder;
}

async function pidsIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).map(Number);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, as it should be.
  }
}

/** A process that has ended but was not collected yet still has a pid, and does nothing any more. */
async function alive(pids: readonly number[]): Promise<readonly number[]> {
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));

  return pids.filter((_, index) => /\) [^Z]/.test(lines[index] ?? ''));
}

/** The pids of the family once both are there. */
async function familyIn(folder: string): Promise<readonly number[]> {
  await expect.poll(() => pidsIn(folder), { timeout: 60_000 }).toHaveLength(2);
  const pids = await pidsIn(folder);
  expect(await alive(pids)).toEqual(pids);

  return pids;
}

test.skipIf(!isLinux)(
  'the commands of an engine that is killed end with it, and those of others go on',
  async () => {
    const folder = await folderOfPids();
    const bystander = spawn('sleep', ['1000'], { detached: true });
    onTestFinished(() => void bystander.kill('SIGKILL'));
    const command = JSON.stringify([family, folder]);
    const station = await openHttpStation({
      'definitions/holding.yaml': `workflow:
  id: holding
  version: 1
  tasks: [{id: hold, run: {shell: sh, command: ${command}}}]
`,
    });
    onTestFinished(station.close);
    expect(await station.ask('POST', 'runs', { definition: 'holding' })).toMatchObject({ status: 201 });
    const pids = await familyIn(folder);
    await station.kill9();

    await expect.poll(() => alive(pids), { timeout: goneWithinMs }).toEqual([]);
    expect(await alive([bystander.pid ?? 0])).toEqual([bystander.pid]);
  },
  120_000,
);

test.skipIf(!isLinux)(
  'the command of a worker that is killed ends with it',
  async () => {
    const folder = await folderOfPids();
    const station = await openHttpStation({
      'definitions/digging.yaml': `workflow:
  id: digging
  version: 1
  tasks: [{id: dig, assigned_to: DIGGER}]
`,
    });
    onTestFinished(station.close);
    const worker = await startWorker(
      [process.execPath, builtCli, 'worker', 'DIGGER', '--', 'sh', '-c', family, 'family', folder],
      { NATS_URL: station.natsUrl },
    );
    onTestFinished(worker.stop);
    expect(await station.ask('POST', 'runs', { definition: 'digging' })).toMatchObject({ status: 201 });
    const pids = await familyIn(folder);
    const exited = once(worker.child, 'exit');
    worker.child.kill('SIGKILL');
    await exited;

    await expect.poll(() => alive(pids), { timeout: goneWithinMs }).toEqual([]);
  },
  120_000,
);
