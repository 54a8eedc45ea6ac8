import type { Board, Landed } from '../../../ports/board.ts';
import { sseText } from './stream-text.ts';

/** Where a client of the event stream is written to. `write` resolves when there is room for more. */
export type Wire = {
  readonly write: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
};

export type FollowDeps = {
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

/** Farther back, a client had better read anew what it shows. */
const behindMax = 50_000;

/**
 * Tells one client what lands, each once and in order. It holds no messages: the client's place among those that the
 * board keeps is all, so that one that reads slowly costs nothing.
 */
export async function follow(deps: FollowDeps, wire: Wire, wish: Wish): Promise<void> {
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
