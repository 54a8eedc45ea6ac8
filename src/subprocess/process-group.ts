import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;
/**
 * How long a killed group is waited for. Nobody in it runs any more, but where process 1 collects no orphans, it
 * stays.
 */
const vanishMsMax = 250;

const alive = new Set<number>();

/** A child and everything it starts, as long as they stay in its process group. */
export type ProcessGroup = {
  /** Asks all of them to end, waits, then forces the rest. Asking twice is fine. */
  readonly end: (graceMs: number) => Promise<void>;
};

/** Takes charge of the group that the child `leader` was started in (`detached`). */
export function processGroup(leader: number): ProcessGroup {
  endWithUs();
  alive.add(leader);
  let ending: Promise<void> | undefined;

  return {
    end: (graceMs) => {
      ending ??= endGroup(leader, graceMs).finally(() => alive.delete(leader));
      return ending;
    },
  };
}

async function endGroup(leader: number, graceMs: number): Promise<void> {
  if (!signal(leader, 'SIGTERM')) return;
  if (await vanishes(leader, graceMs)) return;

  signal(leader, 'SIGKILL');
  await vanishes(leader, vanishMsMax);
}

async function vanishes(leader: number, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += pollMs) {
    if (!signal(leader, 0)) return true;
    await delay(pollMs);
  }

  return !signal(leader, 0);
}

/** Sends a signal to the whole group; false when nobody is left in it. */
function signal(leader: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, name);
    return true;
  } catch {
    return false;
  }
}

let registered = false;

/** A group of its own does not get the terminal's Ctrl-C, so our own exit has to take the children along. */
function endWithUs(): void {
  if (registered) return;
  registered = true;
  process.on('exit', () => {
    for (const leader of alive) signal(leader, 'SIGKILL');
  });
}
