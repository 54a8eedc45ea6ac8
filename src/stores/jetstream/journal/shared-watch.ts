import { onAbort } from '../../../lib/abort.ts';
import type { Journal, Stored } from '../../../ports/runs/journal.ts';

type Watch = Journal['watch'];
type WatchOfAll = Parameters<Watch>[0] & { readonly after: number };

/** So much may wait for a slow follower. One that falls further behind reads on its own until it is back. */
const waitingMax = 5_000;
const charactersMax = 16 * 1024 * 1024;

type Follower = { readonly waiting: Stored[]; characters: number; wake: () => void; isLeftBehind: boolean };

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
    void feed(begun).then(
      () => end(begun),
      (error: unknown) => end(begun, { error }),
    );

    return begun;
  }

  async function feed(begun: Common): Promise<void> {
    for await (const stored of watch({ after: begun.position, signal: begun.over.signal })) {
      begun.position = stored.position;
      for (const follower of begun.followers) hand(begun, follower, stored);
    }
  }

  function hand({ followers }: Common, follower: Follower, stored: Stored): void {
    const { waiting, characters } = follower;
    follower.isLeftBehind = waiting.length >= most || characters >= charactersMax;
    if (follower.isLeftBehind) followers.delete(follower);
    else {
      waiting.push(stored);
      follower.characters += stored.body.length;
    }
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
    // Those who are far behind would hold up whoever shares a watch with them.
    let caughtUp: (() => void) | undefined = onCaughtUp ?? nothing;
    const caught = (): void => {
      caughtUp?.();
      caughtUp = undefined;
    };
    while (!signal.aborted) {
      const isBehind = caughtUp !== undefined || (common !== undefined && at < common.position);
      for await (const stored of isBehind
        ? untilCaughtUp(watch, { after: at, signal }, caught)
        : together()) {
        if (stored.position <= at) continue;
        at = stored.position;
        yield stored;
      }
    }

    /** What is seen from now on, until too much of it waits. */
    async function* together(): AsyncGenerator<Stored, void, undefined> {
      common ??= begin(at);
      const joined = common;
      const follower: Follower = { waiting: [], characters: 0, wake: nothing, isLeftBehind: false };
      const stop = onAbort(signal, () => follower.wake());
      joined.followers.add(follower);
      try {
        yield* handedTo(follower, joined, signal);
        if (follower.isLeftBehind) caughtUp = nothing;
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

async function* untilCaughtUp(
  watch: Watch,
  { after, signal }: Pick<WatchOfAll, 'after' | 'signal'>,
  caught: () => void,
): AsyncGenerator<Stored, void, undefined> {
  const over = new AbortController();
  const onCaughtUp = (): void => {
    caught();
    over.abort();
  };
  yield* watch({ after, signal: AbortSignal.any([signal, over.signal]), onCaughtUp });
}

/** Ends where the follower has fallen behind, or the common watch is over. Rejects with what that failed with. */
async function* handedTo(
  follower: Follower,
  joined: Common,
  signal: AbortSignal,
): AsyncGenerator<Stored, void, undefined> {
  while (!signal.aborted) {
    const stored = follower.waiting.shift();
    if (stored !== undefined) {
      follower.characters -= stored.body.length;
      yield stored;
    } else if (joined.failed !== undefined) throw joined.failed.error;
    else if (follower.isLeftBehind || joined.over.signal.aborted) return;
    else await new Promise<void>((resolve) => Object.assign(follower, { wake: resolve }));
  }
}

function nothing(): void {}
