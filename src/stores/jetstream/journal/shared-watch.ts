import { onAbort } from '../../../lib/abort.ts';
import type { Journal, Stored } from '../../../ports/runs/journal.ts';

type Watch = Journal['watch'];
type WatchOfAll = Parameters<Watch>[0] & { readonly after: number };

/** So much may wait for a slow follower. One that falls further behind reads on its own until it is back. */
const waitingMax = 5_000;

type Follower = { readonly waiting: Stored[]; wake: () => void; isLeftBehind: boolean };

/** What several followers share. */
type Common = {
  readonly followers: Set<Follower>;
  readonly over: AbortController;
  position: number;
  failed: { readonly error: unknown } | undefined;
};

/**
 * Those who follow all runs behind some position share one consumer of the server once they have caught up; everybody
 * else has one of their own. Each goes at a pace of its own, and holds nobody up.
 */
export function watchTogether(watch: Watch, most = waitingMax): Watch {
  let common: Common | undefined;

  function begin(from: number): Common {
    const begun: Common = {
      followers: new Set(),
      over: new AbortController(),
      position: from,
      failed: undefined,
    };
    void feed(begun).catch((error: unknown) => end(begun, { error }));

    return begun;
  }

  async function feed(begun: Common): Promise<void> {
    for await (const stored of watch({ after: begun.position, signal: begun.over.signal })) {
      begun.position = stored.position;
      for (const follower of begun.followers) hand(begun, follower, stored);
    }
  }

  function hand({ followers }: Common, follower: Follower, stored: Stored): void {
    follower.isLeftBehind = follower.waiting.length >= most;
    if (follower.isLeftBehind) followers.delete(follower);
    else follower.waiting.push(stored);
    follower.wake();
  }

  function end(ended: Common, failed?: Common['failed']): void {
    if (common === ended) common = undefined;
    ended.failed = failed;
    ended.over.abort();
    for (const { wake } of ended.followers) wake();
  }

  async function* follow({ after, signal, onCaughtUp }: WatchOfAll): AsyncGenerator<Stored, void, undefined> {
    let at = after;
    let caughtUp = onCaughtUp;
    while (!signal.aborted) {
      const isBehind = caughtUp !== undefined || (common !== undefined && at < common.position);
      for await (const stored of isBehind ? alone() : together()) {
        if (stored.position <= at) continue;
        at = stored.position;
        yield stored;
      }
    }

    async function* alone(): AsyncGenerator<Stored, void, undefined> {
      const over = new AbortController();
      const told = caughtUp;
      const onCaughtUp = (): void => {
        caughtUp = undefined;
        told?.();
        over.abort();
      };
      const options = { after: at, signal: AbortSignal.any([signal, over.signal]) };
      for await (const stored of watch({ ...options, ...(told === undefined ? {} : { onCaughtUp }) })) {
        yield stored;
        if (caughtUp === undefined && stored.position >= (common?.position ?? 0)) return;
      }
    }

    /** What is seen from now on, until too much of it waits. */
    async function* together(): AsyncGenerator<Stored, void, undefined> {
      common ??= begin(at);
      const joined = common;
      const follower: Follower = { waiting: [], wake: () => undefined, isLeftBehind: false };
      const stop = onAbort(signal, () => follower.wake());
      joined.followers.add(follower);
      try {
        yield* handedTo(follower, joined, signal);
      } finally {
        stop();
        joined.followers.delete(follower);
        if (joined.followers.size === 0) end(joined);
      }
    }
  }

  return (options) => {
    const { run, after } = options;

    return run === undefined && after !== undefined ? follow({ ...options, after }) : watch(options);
  };
}

/** Ends where the follower has fallen behind, or nothing more comes. Rejects with what the common watch failed with. */
async function* handedTo(
  follower: Follower,
  joined: Common,
  signal: AbortSignal,
): AsyncGenerator<Stored, void, undefined> {
  while (!signal.aborted) {
    const stored = follower.waiting.shift();
    if (stored !== undefined) yield stored;
    else if (joined.failed !== undefined) throw joined.failed.error;
    else if (follower.isLeftBehind || joined.over.signal.aborted) return;
    else await new Promise<void>((resolve) => Object.assign(follower, { wake: resolve }));
  }
}
