// A clock of the machine that is set, back as well as on, under an engine that runs. Method: the built program with
// libfaketime (Debian's package faketime), which reads from a file how far off its clock is; skipped where that is
// missing.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type HttpStation, openHttpStation } from '../e2e/http-station.ts';

const library = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find(existsSync);

const holding = `workflow:
  id: holding
  version: 1
  timeout: 10m
  tasks: [{ id: hold, type: WAIT, duration: 3s }]
`;

test.skipIf(library === undefined)(
  'a clock that is set by -1 h, -5 s, +1 h and +2 d holds up no run, ends none early and locks nobody out',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'workflow-clock-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'off-by');
    await writeFile(file, '+0');
    const station = await openHttpStation(
      { 'definitions/holding.yaml': holding },
      {
        LD_PRELOAD: library ?? '',
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    );
    onTestFinished(station.close);
    for (const offBy of ['-3600', '-3605', '+0', '+172800']) {
      const run = await started(station);
      await writeFile(file, offBy);
      for (let asked = 0; asked < 20; asked += 1)
        expect(await station.ask('GET', `runs/${run}`)).toMatchObject({ status: 200 });
      expect(await statusOf(station, run), `set to ${offBy}`).toBe('RUNNING');
      await expect.poll(() => statusOf(station, run), { timeout: 20_000 }).toBe('COMPLETED');
      // Whoever begins after that waits as long.
      const next = await started(station);
      expect(await statusOf(station, next)).toBe('RUNNING');
      await expect.poll(() => statusOf(station, next), { timeout: 20_000 }).toBe('COMPLETED');
    }
  },
  180_000,
);

async function started(station: HttpStation): Promise<string> {
  const { status, json, text } = await station.ask('POST', 'runs', { definition: 'holding' });
  expect(status, text).toBeLessThan(300);

  return (json() as { readonly run: string }).run;
}

async function statusOf(station: HttpStation, run: string): Promise<string> {
  return ((await station.ask('GET', `runs/${run}`)).json() as { readonly status: string }).status;
}
