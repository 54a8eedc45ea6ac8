import type { FactMembers } from '../../../events/catalogue.ts';
import type { StreamMessage } from '../../api/stream.ts';
import { runLinesOf } from '../../operations/runs/run-lines.ts';
import type { Board, BoardLine, Landed } from '../../ports/runs/board.ts';
import type { LiveOutput } from '../../ports/work/live-output.ts';
import { noteOfRecord } from '../../projections/task/fact-note.ts';
import type { ApiDeps } from '../api.ts';

/** Clients that are further behind have to read everything anew. */
const behindMax = 50_000;

export type FeedDeps = Pick<ApiDeps, 'board' | 'agents' | 'clock' | 'alertFeed'> & {
  readonly metrics: Pick<ApiDeps['metrics'], 'streamClients'>;
};

/** The event stream: one listener for all who follow it. */
export type Feed = {
  /** Sends new events to the client until its signal aborts. */
  readonly follow: (wire: Wire, wish: Parameters<typeof follow>[2]) => Promise<void>;
};

const noticesMax = 100;
const agentsLookedAtEveryMs = 1_000;

type Client = { notices: string[]; readonly seesRun: Wish['seesRun']; wake: () => void };

export function createFeed(deps: FeedDeps): Feed {
  const { board } = deps;
  const textOf = streamTexts(board);
  const clients = new Set<Client>();
  const say: Heard['say'] = (text, about) => {
    for (const client of clients) {
      if (about !== undefined && client.seesRun?.(about.run) === false) continue;
      // A client with a full queue reads nothing: new notices are dropped.
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
      const { client, next } = createClient(wire.signal, wish.seesRun);
      enter(client);
      void tellPrinted(wire.signal, wish, client);
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

/** What is printed while a client has a full queue is left out. */
async function tellPrinted(signal: AbortSignal, { run, printing }: Wish, client: Client): Promise<void> {
  if (run === undefined || printing === undefined) return;
  try {
    for await (const printed of printing(run, signal)) {
      const text = sseText({ kind: 'printed', run, ...printed, lines: [...printed.lines] });
      if (client.notices.length < noticesMax) client.notices.push(text);
      client.wake();
    }
  } catch {
    // What is printed comes with the end of its attempt, too.
  }
}

function createClient(
  signal: AbortSignal,
  seesRun: Wish['seesRun'],
): { readonly client: Client; readonly next: () => Promise<void> } {
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

  return { client: { notices: [], seesRun, wake }, next };
}

type Heard = {
  /** With `about`, only to those who see that run, or everything. */
  readonly say: (text: string, about?: { readonly run: string | undefined }) => void;
  readonly wakeAll: () => void;
};

/** Listens for all clients until the returned function is called. */
function listen({ board, alertFeed, ...deps }: FeedDeps, { say, wakeAll }: Heard): () => void {
  const stops = [
    board.onLanded(wakeAll),
    alertFeed.onAlert(({ rule, text, run }) =>
      say(sseText({ kind: 'alert', rule, text, ...(run === undefined ? {} : { run }) }), { run }),
    ),
    watchAgents(deps, () => say(sseText({ kind: 'agents' }))),
  ];

  return () => {
    for (const stop of stops) stop();
  };
}

/** Polls for changes of agents and of the work that waits for them. */
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

/** The connection of a client. `write` resolves when there is room for more. */
type Wire = {
  readonly write: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
};

type FollowDeps = {
  readonly board: Board;
  readonly textOf: (landed: Landed) => string;
  /** Resolves when there are events or notices to send; at once if there are already. */
  readonly next: () => Promise<void>;
  /** Notices to send beside the events, once each. */
  readonly notices: () => readonly string[];
};

type Wish = {
  /** The client's last position; undefined for a new client. */
  readonly after: number | undefined;
  /** Only events of this run. */
  readonly run: string | undefined;
  /** Where what attempts of the run print is wanted, too. */
  readonly printing?: LiveOutput['printing'] | undefined;
  /** Only events of these runs. */
  readonly sees?: ((line: BoardLine) => Promise<boolean>) | undefined;
  /** Whether an alert about the run may be told, or one about none. */
  readonly seesRun?: ((run: string | undefined) => boolean) | undefined;
};

/**
 * Sends events to one client, each once and in order. Buffers no messages: a client is only a position among the
 * events that the board keeps, so a slow one costs nothing.
 */
async function follow(deps: FollowDeps, wire: Wire, wish: Wish): Promise<void> {
  const { board } = deps;
  await board.ready;
  const place = await placeOf(board, wish.after);
  let position: number = place ?? (await beginAnew(board, wire, wish));
  // What has no position cannot be resumed from, so it is sent once more. It also tells the client that it is up to
  // date.
  let isCaughtUp = place === undefined;
  const tell = async (landed: Landed): Promise<void> => {
    position = landed.position;
    const isWanted = wish.run === undefined || landed.run === wish.run;
    if (isWanted && (await wish.sees?.(landed.line)) !== false) await wire.write(deps.textOf(landed));
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

/** Undefined if the client has to begin anew. */
async function placeOf(board: Board, after: number | undefined): Promise<number | undefined> {
  if (after === undefined || board.position() - after > behindMax) return undefined;
  // Another engine may be ahead of this one; a position beyond the end may also be of another journal.
  if (after > board.position() && after > (await board.end())) return undefined;

  return after;
}

/** An event as a message of the stream, serialized once for all clients. */
function streamTexts(board: Board): (landed: Landed) => string {
  const lines = runLinesOf(board);
  const texts = new WeakMap<Landed, string>();

  return (landed) => {
    const known = texts.get(landed);
    if (known !== undefined) return known;
    const { position, run, record, line } = landed;
    const { task }: FactMembers = record.data.fact;
    const text = sseText({
      kind: 'run',
      position,
      run,
      sequence: record.sequence,
      type: record.type,
      time: record.time,
      ...(task === undefined ? {} : { task }),
      actor: record.actor,
      note: noteOfRecord(record),
      line: lines.lineOf(line),
    });
    texts.set(landed, text);

    return text;
  };
}

/** A message in the SSE format, its position as its id. JSON contains no line breaks. */
function sseText(message: StreamMessage): string {
  const id = 'position' in message ? `id: ${message.position}\n` : '';

  return `${id}data: ${JSON.stringify(message)}\n\n`;
}
