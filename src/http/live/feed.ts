import type { StreamMessage } from '../../api/stream.ts';
import type { Board, Landed } from '../../ports/runs/board.ts';
import { noteOfRecord } from '../../projections/task/fact-note.ts';
import type { ApiDeps } from '../api.ts';
import { runLinesOf } from '../runs/run-lines.ts';

/** Farther back, a client had better read anew what it shows. */
const behindMax = 50_000;

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

/** Where a client of the event stream is written to. `write` resolves when there is room for more. */
type Wire = {
  readonly write: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
};

type FollowDeps = {
  readonly board: Board;
  readonly textOf: (landed: Landed) => string;
  /** Resolves when something has landed, or there is something to say besides; at once where there is already. */
  readonly next: () => Promise<void>;
  /** What is to be said besides what landed, once. */
  readonly notices: () => readonly string[];
};

type Wish = {
  /** The last position that the client has; undefined for one that begins. */
  readonly after: number | undefined;
  /** Only what happens in this run. */
  readonly run: string | undefined;
};

/**
 * Tells one client what lands, each once and in order. It holds no messages: the client's place among those that the
 * board keeps is all, so that one that reads slowly costs nothing.
 */
async function follow(deps: FollowDeps, wire: Wire, wish: Wish): Promise<void> {
  const { board } = deps;
  await board.ready;
  const place = await placeOf(board, wish.after);
  let position: number = place ?? (await beginAnew(board, wire, wish));
  // What has no position cannot be gone on from, so it is told once more. It also says that nothing else is missing.
  let isCaughtUp = place === undefined;
  const tell = async (landed: Landed): Promise<void> => {
    position = landed.position;
    if (wish.run === undefined || landed.run === wish.run) await wire.write(deps.textOf(landed));
  };

  while (!wire.signal.aborted) {
    const known: readonly Landed[] | undefined = board.since(position);
    for await (const landed of known ?? board.before(position, wire.signal)) {
      if (wire.signal.aborted) return;
      await tell(landed);
    }
    for (const text of deps.notices()) await wire.write(text);
    if (known?.length !== 0) continue;
    await (isCaughtUp ? deps.next() : wire.write(sseText({ kind: 'agents' })));
    isCaughtUp = true;
  }
}

async function beginAnew(board: Board, wire: Wire, { after }: Wish): Promise<number> {
  const position = board.position();
  await wire.write(sseText({ kind: 'snapshot', position, reason: after === undefined ? 'new' : 'gap' }));

  return position;
}

/** Undefined where the client had better begin anew. */
async function placeOf(board: Board, after: number | undefined): Promise<number | undefined> {
  if (after === undefined || board.position() - after > behindMax) return undefined;
  // Another engine may have told it more than this one knows by now; of another journal it knows what never was here.
  if (after > board.position() && after > (await board.end())) return undefined;

  return after;
}

/** What landed as a message of the stream, as text: made once, however many are told. */
function streamTexts(board: Board): (landed: Landed) => string {
  const lines = runLinesOf(board);
  const texts = new WeakMap<Landed, string>();

  return (landed) => {
    const known = texts.get(landed);
    if (known !== undefined) return known;
    const { position, run, record, line } = landed;
    const { task } = record.data.fact;
    const text = sseText({
      kind: 'run',
      position,
      run,
      sequence: record.sequence,
      type: record.type,
      time: record.time,
      ...(typeof task === 'string' ? { task } : {}),
      actor: record.actor,
      note: noteOfRecord(record),
      line: lines.lineOf(line),
    });
    texts.set(landed, text);

    return text;
  };
}

/** A message as it goes over the wire: one that has a position has it as its id. JSON holds no line breaks. */
function sseText(message: StreamMessage): string {
  const id = 'position' in message ? `id: ${message.position}\n` : '';

  return `${id}data: ${JSON.stringify(message)}\n\n`;
}
