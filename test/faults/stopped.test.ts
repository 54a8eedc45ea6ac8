// Processes that stand still for longer than leases last, and a disk that does: nothing answers, and nothing is gone.
// Method: SIGSTOP, and a frozen file system, under the built program with its own server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { mayMount, openFaultStation, recovers, refusalMsMax, run, succeeds } from './fault-station.ts';

const mayFreeze = mayMount && succeeds('sh', '-c', 'command -v fsfreeze mkfs.ext4 losetup');
const blkio = '/sys/fs/cgroup/blkio';
const mayThrottle = mayFreeze && succeeds('test', '-e', `${blkio}/blkio.throttle.write_iops_device`);

test.skipIf(process.platform === 'win32')(
  'a server that stands still is named, nothing hangs on it, and everything is there when it goes on',
  async () => {
    const station = await openFaultStation();
    const engine = await station.serve();
    await recovers(engine);
    const acknowledged = [await engine.start(), await engine.start()];
    const pid = await station.serverPid();
    onTestFinished(() => void send(pid, 'SIGCONT'));
    send(pid, 'SIGSTOP');
    await expect.poll(() => engine.readiness(), { timeout: refusalMsMax }).toMatchObject({ status: 503 });
    expect(await engine.start()).toMatch(/^(nats\.(unreachable|not-storing)|engine\.none)$/);
    send(pid, 'SIGCONT');

    await recovers(engine);
    acknowledged.push(await engine.start());
    expect(await engine.runs()).toEqual(expect.arrayContaining(acknowledged.sort()));
  },
  5 * refusalMsMax,
);

test.skipIf(process.platform === 'win32')(
  'what an engine held that stands still another goes on with, and it finds its place again',
  async () => {
    const station = await openFaultStation();
    const [still, other] = [await station.serve(), await station.serve()];
    await Promise.all([still, other].map(recovers));
    const acknowledged = await Promise.all([1, 2, 3, 4].map(() => other.start()));
    send(still.pid, 'SIGSTOP');
    // Half of all shards were its: ten runs are not all in those of the other one.
    const starts = Array.from({ length: 10 }, () =>
      expect.poll(() => other.start(), { timeout: refusalMsMax, interval: 500 }).toMatch(/^[0-9a-z]{26}$/),
    );
    await Promise.all(starts);
    send(still.pid, 'SIGCONT');

    await recovers(still);
    acknowledged.push(await still.start());
    const runs = await still.runs();
    expect(runs).toEqual(expect.arrayContaining(acknowledged.sort()));
    expect(await other.runs()).toEqual(runs);
    expect(new Set(runs).size).toBe(runs.length);
  },
  5 * refusalMsMax,
);

test.skipIf(!mayFreeze)(
  'a disk that hangs is named, no request hangs on it, and nothing is lost when it goes on',
  async () => {
    const folder = await mountLoop();
    const station = await openFaultStation({ folder });
    const engine = await station.serve();
    await recovers(engine);
    const acknowledged = [await engine.start()];
    onTestFinished(async () => {
      await run('fsfreeze', ['--unfreeze', folder]).catch(() => undefined);
    });
    await run('fsfreeze', ['--freeze', folder]);
    expect(await engine.start()).toMatch(/^(nats\.(unreachable|not-storing)|engine\.none)$/);
    await expect.poll(() => engine.readiness(), { timeout: refusalMsMax }).toMatchObject({ status: 503 });
    await run('fsfreeze', ['--unfreeze', folder]);

    await recovers(engine);
    acknowledged.push(await engine.start());
    expect(await engine.runs()).toEqual(expect.arrayContaining(acknowledged.sort()));
  },
  5 * refusalMsMax,
);

test.skipIf(!mayThrottle)(
  'on a slow disk a start takes its time or is refused by name, and the server is not started anew for it',
  async () => {
    const folder = await mountLoop();
    const station = await openFaultStation({ folder });
    const engine = await station.serve();
    await recovers(engine);
    const pid = await station.serverPid();
    const fast = await throttle(folder, pid);
    const starts = await Promise.all([1, 2, 3, 4].map(() => engine.start()));
    for (const start of starts) expect(start).toMatch(/^([0-9a-z]{26}|nats\.not-storing|engine\.none)$/);
    await fast();

    await recovers(engine);
    const acknowledged = [await engine.start(), ...starts.filter((start) => !start.includes('.'))];
    expect(await engine.runs()).toEqual(expect.arrayContaining(acknowledged.sort()));
    expect(await station.serverPid()).toBe(pid);
  },
  5 * refusalMsMax,
);

function send(pid: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** A folder on an ext4 of its own, in a file. */
async function mountLoop(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'workflow-loop-'));
  const [image, folder] = [join(home, 'image'), join(home, 'disk')];
  await run('truncate', ['-s', '200M', image]);
  await run('mkfs.ext4', ['-q', image]);
  await run('mkdir', [folder]);
  await run('mount', ['-o', 'loop', image, folder]);
  onTestFinished(async () => {
    await run('umount', ['--lazy', folder]);
    await rm(home, { recursive: true, force: true });
  });

  return folder;
}

/** Lets the process make few writes a second to the disk of the folder, until the result is called. */
async function throttle(folder: string, pid: number): Promise<() => Promise<void>> {
  const group = await mkdtemp(join(blkio, 'workflow-'));
  const { stdout } = await run('findmnt', ['-n', '-o', 'MAJ:MIN', folder]);
  await writeFile(join(group, 'blkio.throttle.write_iops_device'), `${stdout.trim()} 8`);
  await writeFile(join(group, 'cgroup.procs'), String(pid));
  const end = async (): Promise<void> => {
    await writeFile(join(blkio, 'cgroup.procs'), String(pid)).catch(() => undefined);
    await run('rmdir', [group]).catch(() => undefined);
  };
  onTestFinished(end);

  return end;
}
