// A disk that fills up, or may not be written to any more, under a server that runs, and is as it was again. Method:
// the built program with its own server on a small file system of its own; skipped where none can be mounted.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { mayMount, mountSmallDisk, openFaultStation, recovers, refusalMsMax, run } from './fault-station.ts';

const serveYaml = 'alerts: [{ name: store, on: store_failing, to: log }]\n';

test.skipIf(!mayMount)(
  'a full disk is named by commands, /readyz, doctor and an alert, and nobody has to do anything when there is room',
  async () => {
    const folder = await mountSmallDisk(160);
    const station = await openFaultStation({ folder, files: { 'serve.yaml': serveYaml } });
    const engine = await station.serve();
    await recovers(engine);
    const acknowledged = [await engine.start(), await engine.start(), await engine.start()];

    await fill(folder);
    expect(await station.start()).toContain('[nats.disk-full]');
    const overHttp = await engine.ask('POST', '/api/v1/runs', { definition: 'signed' });
    expect(overHttp).toMatchObject({ status: 503, body: { code: 'nats.disk-full', retryable: true } });
    expect(await engine.readiness()).toMatchObject({
      status: 503,
      reasons: expect.stringMatching(/the disk of .* is full .*\(nats\.disk-full\)/),
    });
    expect(engine.said()).toMatch(/alert store: nothing is stored: the disk of .* is full/);
    const { code, stdout } = await station.cli('doctor');
    expect(code, stdout).not.toBe(0);
    expect(stdout).toMatch(/store +the disk of .* is full/);

    const before = await station.serverPid();
    await rm(join(folder, 'fill'));
    await recovers(engine);
    expect(await station.serverPid()).not.toBe(before);
    acknowledged.push(await engine.start());
    expect(await engine.runs()).toEqual(expect.arrayContaining(acknowledged.sort()));
    const [approved] = acknowledged;
    expect(await station.cli('approve', `${approved}`, 'sign')).toMatchObject({ code: 0 });
    expect((await station.cli('doctor', '--all')).stdout).toMatch(/store +a write was acknowledged/);
  },
  4 * refusalMsMax,
);

test.skipIf(!mayMount)(
  'of two engines one starts the server anew, and only once',
  async () => {
    const folder = await mountSmallDisk(160);
    const station = await openFaultStation({ folder });
    const engines = [await station.serve(), await station.serve()];
    const acknowledged = await engines[0]?.start();
    await fill(folder);
    for (const engine of engines)
      await expect.poll(() => engine.readiness(), { timeout: refusalMsMax }).toMatchObject({ status: 503 });

    await rm(join(folder, 'fill'));
    await Promise.all(engines.map(recovers));
    const said = engines.map((engine) => engine.said()).join('');
    expect(said.match(/the NATS server was started anew/g)).toHaveLength(1);
    expect(await engines[1]?.runs()).toEqual([acknowledged]);
  },
  4 * refusalMsMax,
);

test.skipIf(!mayMount)(
  'a file system that has become read-only is named, and written to again as soon as it may be',
  async () => {
    const folder = await mountSmallDisk(160);
    const index = await mkdtemp(join(tmpdir(), 'workflow-index-'));
    onTestFinished(() => rm(index, { recursive: true, force: true }));
    // The engine keeps the file of its index open: it is on another disk, or this one could not be made read-only.
    await mkdir(join(folder, '.3ox'), { mode: 0o700 });
    await symlink(index, join(folder, '.3ox/index'));
    const station = await openFaultStation({ folder, files: { 'serve.yaml': serveYaml } });
    const engine = await station.serve();
    const acknowledged = [await engine.start()];

    // The kernel refuses while a file is open for writing: so the server goes first, and the engine stands still.
    process.kill(engine.pid, 'SIGSTOP');
    process.kill(await station.serverPid(), 'SIGKILL');
    await expect
      .poll(() => run('mount', ['-o', 'remount,ro', folder]).then(() => 'read-only', String))
      .toBe('read-only');
    process.kill(engine.pid, 'SIGCONT');
    expect(await station.start()).toContain('[nats.store-read-only]');
    await expect
      .poll(() => engine.readiness(), { timeout: refusalMsMax })
      .toMatchObject({
        status: 503,
        reasons: expect.stringContaining('(nats.store-read-only)'),
      });
    await expect
      .poll(() => engine.said())
      .toMatch(/alert store: nothing is stored: the file system of .* is read-only/);
    expect((await station.cli('doctor')).stdout).toMatch(/the file system of .* is read-only/);

    await run('mount', ['-o', 'remount,rw', folder]);
    await recovers(engine);
    acknowledged.push(await engine.start());
    // The list hears of it from the server, which has just come back.
    await expect.poll(() => engine.runs(), { timeout: refusalMsMax }).toEqual(acknowledged.sort());
  },
  4 * refusalMsMax,
);

/** Not a byte is left. */
async function fill(folder: string): Promise<void> {
  const megabyte = Buffer.alloc(1024 * 1024);
  const path = join(folder, 'fill');
  for (let size = megabyte.length; size > 0; )
    await writeFile(path, megabyte.subarray(0, size), { flag: 'a' }).catch(() => {
      size = size > 4096 ? Math.floor(size / 2) : 0;
    });
}
