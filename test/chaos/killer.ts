// Kills one process after the other, in turn: the leader of the journal, one that follows it, an engine. Each comes
// back a little later, so that one at a time is down.
import { setTimeout as delay } from 'node:timers/promises';
import type { TestCluster } from '../support/cluster.ts';
import type { EngineProcess } from './engine-process.ts';

const turns = ['leader', 'follower', 'engine'] as const;
export type Victim = (typeof turns)[number];
export type Kill = { readonly victim: Victim; readonly atMs: number };

const everyMs = 5_000;
const downMs = 2_500;
/** An election may take longer than the time between two kills. */
const leaderMsMax = 1_000;

export async function killInTurn(
  { cluster, engines, stream }: { cluster: TestCluster; engines: readonly EngineProcess[]; stream: string },
  totalMs: number,
): Promise<readonly Kill[]> {
  const kills: Kill[] = [];
  const enginesBack: Promise<void>[] = [];
  const endMs = Date.now() + totalMs;
  let leader = 0;
  for (let turn = 0; Date.now() < endMs; turn += 1) {
    const nextMs = Date.now() + everyMs;
    const victim = nth(turns, turn);
    if (victim !== 'engine') leader = await leaderNow(leader);
    const { kill9, comeBack } = targetOf(victim, turn);
    kills.push({ victim, atMs: Date.now() });
    await kill9();
    await delay(downMs);
    // A server is waited for, so that there is a majority; an engine has until its next turn.
    if (victim === 'engine') enginesBack.push(comeBack());
    else await comeBack();
    await delay(Math.max(0, nextMs - Date.now()));
  }
  await Promise.all(enginesBack);

  return kills;

  async function leaderNow(before: number): Promise<number> {
    return Promise.race([cluster.leaderOf(stream), delay(leaderMsMax, before)]);
  }

  function targetOf(victim: Victim, turn: number) {
    if (victim === 'engine') {
      const { kill9, start } = nth(engines, Math.floor(turn / turns.length));
      return { kill9, comeBack: start };
    }
    const { kill9, restart } = nth(cluster.servers, victim === 'leader' ? leader : leader + 1);

    return { kill9, comeBack: restart };
  }
}

function nth<T>(all: readonly T[], index: number): T {
  const found = all[index % all.length];
  if (found === undefined) throw new Error('there is none');

  return found;
}
