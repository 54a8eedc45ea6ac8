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
  const shared = createShared(watch, most);

  return (options) => {
    const { run, after } = options;

    return run === undefined && after !== undefined
      ? follow(watch, shared, { ...options, after })
      : watch(options);
  };
}

async function* follow(
  watch: Watch,
  shared: Shared,
  { after, signal, onCaughtUp }: WatchOfAll,
): AsyncGenerator<Stored, void, undefined> {
  let at = after;
  let follower = newFollower();
  let isCaughtUp = false;
  const caught = (): void => {
    if (!isCaughtUp) onCaughtUp?.();
    isCaughtUp = true;
  };
  while (!signal.aborted) {
    const from = { after: at, signal };
    // Those who are far behind would hold up whoever shares a watch with them.
    const isBehind = !isCaughtUp || follower.isLeftBehind || at < shared.position();
    if (isBehind) follower = newFollower();
    const next = isBehind ? untilCaughtUp(watch, from, caught) : shared.together(follower, from);
    for await (const stored of next) {
      if (stored.position <= at) continue;
      at = stored.position;
      yield stored;
    }
  }
}

type From = Pick<WatchOfAll, 'after' | 'signal'>;

/** The watch that several share while there are any. */
type Shared = {
  /** How far it is; 0 while there is none. */
  readonly position: () => number;
  /** What is seen from now on, until too much of it waits. */
  readonly together: (follower: Follower, from: From) => AsyncGenerator<Stored, void, undefined>;
};

function createShared(watch: Watch, most: number): Shared {
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

  async function* together(
    follower: Follower,
    { after, signal }: From,
  ): AsyncGenerator<Stored, void, undefined> {
    common ??= begin(after);
    const joined = common;
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

  return { position: () => common?.position ?? 0, together };
}

async function* untilCaughtUp(
  watch: Watch,
  { after, signal }: From,
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

function newFollower(): Follower {
  return { waiting: [], characters: 0, wake: nothing, isLeftBehind: false };
}

function nothing(): void {}
