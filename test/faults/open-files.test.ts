// A process that may open no more files. Method: the built program, whose limits are set while it runs (prlimit of
// util-linux); skipped where there is none.
import { expect, test } from 'vitest';
import { openFaultStation, recovers, refusalMsMax, run, succeeds } from './fault-station.ts';

const mayLimit = process.platform === 'linux' && succeeds('prlimit', '--version');

/** As many as every process has open. */
const none = 5;

const greeting = `workflow:
  id: greeting
  version: 1
  tasks:
    - { id: greet, run: echo hello, retry_policy: { max_attempts: 1000, initial_delay: 500ms, backoff: fixed } }
`;

test.skipIf(!mayLimit)(
  'a command that cannot be started for want of descriptors is named as such, and goes on by itself when there are some',
  async () => {
    const station = await openFaultStation({ files: { 'definitions/greeting.yaml': greeting } });
    const engine = await station.serve();
    await recovers(engine);
    await limitFiles(engine.pid, none);

    const { code, stdout, stderr } = await station.cli('start', 'greeting', '--detach');
    expect(code, stderr).toBe(0);
    const id = stdout.trim();
    const shown = async () => (await station.cli('show', id)).stdout;
    await expect.poll(shown, { timeout: refusalMsMax }).toMatch(/retrying.*raise the limit \(ulimit -n\)/);

    await limitFiles(engine.pid, 1_024);
    await expect.poll(shown, { timeout: 15_000 }).toContain('✓ completed');
    expect(await engine.readiness()).toMatchObject({ status: 200 });
  },
  4 * refusalMsMax,
);

test.skipIf(!mayLimit)(
  'a server that may open no more files is started anew by the next command, and nothing that was acknowledged is lost',
  async () => {
    const station = await openFaultStation();
    const engine = await station.serve();
    await recovers(engine);
    const acknowledged = [await engine.start()];
    const before = await station.serverPid();
    await limitFiles(before, none);

    // It answers nobody new, so that the next command starts another in its place.
    acknowledged.push(await station.start());
    expect(await station.serverPid()).not.toBe(before);
    await recovers(engine);
    acknowledged.push(await engine.start());
    expect(await engine.runs()).toEqual(expect.arrayContaining(acknowledged.sort()));
  },
  4 * refusalMsMax,
);

async function limitFiles(pid: number, count: number): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--nofile=${count}:`]);
}
