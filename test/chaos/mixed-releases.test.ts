// Engines of the released version and of this one work side by side, and are replaced by one another, there and back,
// while servers and engines are killed. Method: as in chaos.test.ts; the released version is built from the history of
// the repository, and each engine keeps its project folder when it changes. MIXED_SECONDS (default 30; 600 in
// `.ci/nightly`) says how long.
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createSerialQueue } from '../../src/lib/serial-queue.ts';
import { releasedBuild } from '../support/released-build.ts';
import { bringUp, expectAllRight, settleMsMax, startCrowd, stream } from './crowd.ts';
import { createEngineProcess, type EngineProcess } from './engine-process.ts';
import { readAcked } from './findings.ts';
import { killInTurn } from './killer.ts';

const totalMs = Number(process.env['MIXED_SECONDS'] ?? '30') * 1_000;
const inFlight = 50;
const changeEveryMs = 7_000;
const buildMsMax = 120_000;
const root = fileURLToPath(new URL('../..', import.meta.url));

type MixedEngine = EngineProcess & {
  /** Ends the engine in order, and begins one of the other release in its place. */
  readonly change: () => Promise<void>;
  readonly said: () => string;
};

/** Each release notes in a file of its own what was acknowledged to it. */
const notesOf = (acked: string, release: 'this' | 'released'): string => `${acked}.${release}`;

function createMixedEngine(
  cwd: string,
  env: Readonly<Record<string, string>>,
  { released, first }: { readonly released: string; readonly first: number },
): MixedEngine {
  const acked = env['ACKED'] ?? '';
  const releases = [
    createEngineProcess(cwd, { ...env, ACKED: notesOf(acked, 'released') }, released),
    createEngineProcess(cwd, { ...env, ACKED: notesOf(acked, 'this') }),
  ] as const;
  const turns = createSerialQueue();
  let which = first;
  let isDown = true;
  const current = () => releases[which % 2 === 0 ? 0 : 1];

  return {
    said: () => releases.map(({ said }) => said()).join(''),
    start: () =>
      turns.post(async () => {
        isDown = false;
        await current().start();
      }),
    kill9: () =>
      turns.post(async () => {
        isDown = true;
        await current().kill9();
      }),
    change: () =>
      turns.post(async () => {
        if (!isDown) await current().stop();
        which += 1;
        if (!isDown) await current().start();
      }),
  };
}

/** The engine is replaced all the time. Resolves with how often. */
async function keepChanging({ change }: MixedEngine, untilMs: number): Promise<number> {
  let changes = 0;
  while (Date.now() + changeEveryMs < untilMs) {
    await delay(changeEveryMs);
    await change();
    changes += 1;
  }

  return changes;
}

test(
  'engines of two releases, each replaced by the other and back: nothing is lost, doubled or quarantined',
  async () => {
    const released = await releasedBuild(root);
    let first = 0;
    const place = await bringUp((folder, env) =>
      createMixedEngine(folder, env, { released, first: first++ }),
    );
    const { cluster, engines } = place;
    const crowd = startCrowd(place, { inFlight });
    const untilMs = Date.now() + totalMs;
    const [kills, ...changes] = await Promise.all([
      killInTurn({ cluster, engines, stream }, totalMs),
      ...engines.map((engine) => keepChanging(engine, untilMs)),
    ]);
    await crowd.end();
    const ackedFiles = (['this', 'released'] as const).map((release) => notesOf(place.ackedFile, release));
    const noted = await Promise.all(ackedFiles.map(readAcked));
    const [ours = 0, theirs = 0] = noted.map(({ size }) => size);
    process.stdout.write(
      `${changes.join(' and ')} changes; ${ours} appends by this release, ${theirs} by the released one\n`,
    );

    await expectAllRight({ ...place, ackedFiles }, crowd, kills);
    expect([ours, theirs].every((count) => count > 0)).toBe(true);
    expect(changes.every((count) => count > 0)).toBe(true);
    expect(engines.map(({ said }) => said()).join('')).not.toContain('quarantine');
  },
  totalMs + settleMsMax + buildMsMax + 300_000,
);
