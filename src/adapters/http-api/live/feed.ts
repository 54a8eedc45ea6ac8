import type { ApiDeps } from '../api-deps.ts';
import { type FollowDeps, follow, type Wire } from './follower.ts';
import { sseText, streamTexts } from './stream-text.ts';

export type FeedDeps = Pick<ApiDeps, 'board' | 'agents' | 'clock' | 'alertFeed' | 'metrics'>;

/** The event stream: one listener for all who follow it. */
export type Feed = {
  /** Tells the client what lands until its signal aborts. */
  readonly follow: (wire: Wire, wish: Parameters<typeof follow>[2]) => Promise<void>;
};

const noticesMax = 100;
const agentsLookedAtEveryMs = 1_000;

type Client = { notices: string[]; wake: () => void };

export function createFeed(deps: FeedDeps): Feed {
  const { board } = deps;
  const textOf = streamTexts(board);
  const clients = new Set<Client>();
  const say = (text: string): void => {
    for (const client of clients) {
      // The latest are left out: who has not read so many reads nothing at all.
      if (client.notices.length < noticesMax && client.notices.at(-1) !== text) client.notices.push(text);
      client.wake();
    }
  };
  const wakeAll = (): void => {
    for (const client of clients) client.wake();
  };
  let stop: (() => void) | undefined;
  const enter = (client: Client): void => {
    clients.add(client);
    stop ??= listen(deps, { say, wakeAll });
  };
  const leave = (client: Client): void => {
    clients.delete(client);
    if (clients.size > 0) return;
    stop?.();
    stop = undefined;
  };

  return {
    follow: async (wire, wish) => {
      const { client, next } = createClient(wire.signal);
      enter(client);
      deps.metrics.streamClients(1);
      const followed: FollowDeps = { board, textOf, next, notices: () => client.notices.splice(0) };
      try {
        await follow(followed, wire, wish);
      } finally {
        leave(client);
        deps.metrics.streamClients(-1);
      }
    },
  };
}

function createClient(signal: AbortSignal): { readonly client: Client; readonly next: () => Promise<void> } {
  let isAwake = false;
  let resume: (() => void) | undefined;
  const wake = (): void => {
    isAwake = true;
    resume?.();
  };
  signal.addEventListener('abort', wake, { once: true });
  const next = async (): Promise<void> => {
    if (!isAwake && !signal.aborted) {
      await new Promise<void>((resolve) => {
        resume = resolve;
      });
    }
    isAwake = false;
  };

  return { client: { notices: [], wake }, next };
}

type Heard = { readonly say: (text: string) => void; readonly wakeAll: () => void };

/** Listens for all clients until the returned function is called. */
function listen({ board, alertFeed, ...deps }: FeedDeps, { say, wakeAll }: Heard): () => void {
  const stops = [
    board.onLanded(wakeAll),
    alertFeed.onAlert(({ rule, text, run }) =>
      say(sseText({ kind: 'alert', rule, text, ...(run === undefined ? {} : { run }) })),
    ),
    watchAgents(deps, () => say(sseText({ kind: 'agents' }))),
  ];

  return () => {
    for (const stop of stops) stop();
  };
}

/** Looks now and then whether anything about the agents, or what waits for them, is another. */
function watchAgents(
  { agents, clock }: Pick<FeedDeps, 'agents' | 'clock'>,
  onChange: () => void,
): () => void {
  let before: string | undefined;
  let isOver = false;
  let cancel = (): void => {};
  const look = async (): Promise<void> => {
    const depths = await agents.depths();
    if (isOver) return;
    const now = picture(agents, depths);
    if (before !== undefined && before !== now) onChange();
    before = now;
    cancel = clock.after(agentsLookedAtEveryMs, () => void look());
  };
  void look();

  return () => {
    isOver = true;
    cancel();
  };
}

function picture(
  agents: FeedDeps['agents'],
  depths: Awaited<ReturnType<FeedDeps['agents']['depths']>>,
): string {
  return JSON.stringify([
    [...(depths ?? [])],
    agents
      .agents(depths)
      .map(({ workers, ...agent }) => [
        agent,
        workers.map(({ worker, running, leaving }) => [worker, running, leaving]),
      ]),
  ]);
}
