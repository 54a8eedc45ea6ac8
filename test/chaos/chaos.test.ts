// Nothing is lost and nothing is done twice while processes die all the time. Method: three real servers, two engines
// that are the built command line, and 200 runs in flight; every 5 s the leader of the journal, one of its followers or
// an engine is killed by SIGKILL in turn and comes back 2.5 s later. What engines were told was stored, what clients
// were answered and what an observer was shown is compared with the journal at the end, and so are the side effects.
// CHAOS_SECONDS (default 60; 180 in `.ci/nightly`) says how long.
import { expect, test } from 'vitest';
import { bringUp, expectAllRight, settleMsMax, startCrowd, stream } from './crowd.ts';
import { createEngineProcess } from './engine-process.ts';
import { misindexed } from './findings.ts';
import { killInTurn } from './killer.ts';

const totalMs = Number(process.env['CHAOS_SECONDS'] ?? '60') * 1_000;

test(
  'three servers, two engines, 200 runs in flight, a kill every 5 s: nothing is lost, all runs end right',
  async () => {
    const place = await bringUp(createEngineProcess);
    const { cluster, engines } = place;
    const crowd = startCrowd(place, { inFlight: 200 });
    const kills = await killInTurn({ cluster, engines, stream }, totalMs);
    await crowd.end();

    await expectAllRight({ ...place, ackedFiles: [place.ackedFile] }, crowd, kills);
    for (const project of place.projects)
      await expect.poll(() => misindexed(project, place.handle.journal), { timeout: 60_000 }).toEqual([]);
    expect(kills.length).toBeGreaterThanOrEqual(Math.min(3, totalMs / 5_000));
  },
  totalMs + settleMsMax + 300_000,
);
