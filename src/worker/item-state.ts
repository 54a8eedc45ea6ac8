import type { ReportAnswer } from '../../events/worker-protocol.ts';
import type { Clock } from '../ports/clock.ts';
import { messageOf } from '../ports/message-of.ts';
import type { ClaimedItem, WorkerLink } from '../ports/work/worker-link.ts';
import type { ReportBase } from './report-result.ts';
import type { WorkHandlers } from './work.ts';

export type CarryDeps = {
  readonly link: WorkerLink;
  readonly clock: Clock;
  readonly worker: string;
  readonly handlers: WorkHandlers;
  readonly onProgress: (message: string) => void;
  /** Called when the engine has answered, and what is left to say keeps nobody from the next item. */
  readonly onParked: () => void;
};

/** An item that this worker has, while it has it. */
export type ItemState = CarryDeps & {
  /** The latest claim: the queue may give the item to us again. */
  claimed: ClaimedItem;
  readonly of: ReportBase;
  /** Ends the handler, and the question whether it may begin. */
  readonly work: AbortController;
  /** Ends whatever is still said to the engine. */
  readonly talk: AbortController;
  /** Resolves when the handler is not waited for any longer. */
  readonly left: Promise<'left'>;
  isParked: boolean;
  ending: { readonly how: 'drop' | 'release'; readonly reason: string } | undefined;
};

export type Granted = Extract<ReportAnswer, { ok: true }>;
export type Denied = Extract<ReportAnswer, { ok: false }>;

/** There is no use in going on: ends the handler, and takes the item out of the queue at once. */
export function dropItem(state: ItemState, reason: string): void {
  if (state.ending?.how === 'drop') return;
  state.ending = { how: 'drop', reason };
  state.work.abort(new Error(reason));
  state.claimed.done().catch((error: unknown) => {
    state.onProgress(`attempt ${state.claimed.item.key} stays in the queue: ${messageOf(error)}`);
  });
}
