import type { Json } from '../../../../events/canonical-json.ts';
import {
  attemptKeyOf,
  type Granted,
  reportOfText,
  type WorkerNote,
  type WorkItem,
} from '../../../../events/worker-protocol.ts';
import type { Asking } from './ask-owner.ts';
import type { Hand, Hands } from './hands.ts';
import { endsItem } from './worker-intake.ts';

/** Which item goes to which worker, and what becomes of those that do not get there. */
export type Handing = {
  /** How many items wait for a worker of the agent. */
  readonly waiting: (agent: string) => number;
  /** False where no worker of the agent takes items so. */
  readonly offer: (item: WorkItem) => boolean;
  /** `isOver`: whoever has it is told to stop, and takes no room any more. */
  readonly withdraw: (agent: string, attemptKey: string, isOver: boolean) => void;
  /** Looks whether anything can be handed out. */
  readonly give: (agent: string) => void;
  /** It is gone. Whoever begins next what it has waits until its claim has run out. */
  readonly forget: (hand: Hand) => void;
  /** It takes nothing more, but still reports what it has. */
  readonly leave: (hand: Hand) => void;
  readonly makeRoom: (hand: Hand, room: Extract<WorkerNote, { kind: 'room' }>) => void;
  /** The worker has it no more: whoever begins it next need not wait. */
  readonly giveBack: (hand: Hand, id: number, delayMs: number) => Promise<void>;
  readonly reported: (hand: Hand, said: SaidOfItem) => Promise<void>;
  readonly clear: () => void;
};

/** `id`: of the report, `text`: what it says. */
type SaidOfItem = { readonly id: number; readonly item: number; readonly text: string };

const ASK_AGAIN_MS = 1_000;
/** So much of a message is left for what is around an item. */
const ENVELOPE_BYTES = 1_024;

type HandingDeps = {
  readonly hands: Hands;
  readonly ask: Asking;
  /** Brings an item that no worker can be handed. */
  readonly toQueue: (item: WorkItem) => void;
  /** How large a message may be. */
  readonly bytesMax: () => number;
};

export function createHanding({ hands, ask, toQueue, bytesMax }: HandingDeps): Handing {
  const waiting = createWaitingItems(give);

  function wait(item: WorkItem, delayMs: number): void {
    // While its start was granted, its worker may have gone, and another one have it by now.
    if (hands.have(attemptKeyOf(item))) return;
    if (hands.isTaking(item.agent)) waiting.put(item, delayMs);
    else toQueue(item);
  }

  function give(agent: string): void {
    for (const hand of hands.silent(agent)) forget(hand);
    for (const item of waiting.ready(agent)) {
      const hand = hands.withRoom(agent);
      if (hand === undefined && !hands.isQueuing(agent)) break;
      waiting.remove(agent, attemptKeyOf(item));
      if (hand === undefined) toQueue(item);
      else void handTo(hand, item);
    }
    for (const { notes } of hands.of(agent)) notes.tellWaiting();
  }

  async function handTo(hand: Hand, item: WorkItem): Promise<void> {
    const id = hands.take(hand, item);
    const answer = await ask.inNameOf(hand, item, 'start');
    if (answer?.ok === true) {
      await send(hand, { id, item, granted: answer });
      return;
    }
    hands.release(hand, id);
    if (answer?.next === 'wait') wait(item, answer.retryAfterMs ?? ASK_AGAIN_MS);
    give(item.agent);
  }

  async function send(
    hand: Hand,
    handing: { readonly id: number; readonly item: WorkItem; readonly granted: Granted },
  ): Promise<void> {
    const { id, item } = handing;
    const text = JSON.stringify(handing);
    const isFitting = Buffer.byteLength(text) + ENVELOPE_BYTES <= bytesMax();
    const handed = hand.has.get(id);
    if (handed !== undefined && isFitting) {
      handed.isSent = true;
      hand.notes.item(id, text);
      return;
    }
    // It went while the start was granted, or what was sealed makes the item too large: it is begun anew.
    hands.release(hand, id);
    await ask.inNameOf(hand, item, 'release');
    if (isFitting) wait(item, 0);
    else toQueue(item);
  }

  function forget(hand: Hand): void {
    hands.remove(hand);
    for (const id of [...hand.has.keys()]) {
      const item = hands.release(hand, id);
      if (item !== undefined) wait(item, 0);
    }
    queueUntaken(hand.agent);
  }

  /** What nobody takes any more is for whoever comes. */
  function queueUntaken(agent: string): void {
    if (!hands.isTaking(agent)) for (const item of waiting.takeAll(agent)) toQueue(item);
  }

  async function giveBack(hand: Hand, id: number, delayMs: number): Promise<void> {
    const item = hands.release(hand, id);
    if (item === undefined) return;
    await ask.inNameOf(hand, item, 'release');
    wait(item, delayMs);
  }

  return {
    waiting: waiting.count,
    offer: (item) => {
      for (const hand of hands.silent(item.agent)) forget(hand);
      const isTaking = hands.isTaking(item.agent);
      if (isTaking) wait(item, 0);

      return isTaking;
    },
    withdraw: (agent, key, isOver) => {
      waiting.remove(agent, key);
      if (isOver && hands.drop(key)) give(agent);
    },
    give,
    forget,
    leave: (hand) => {
      hand.room = 0;
      hand.isLeaving = true;
      queueUntaken(hand.agent);
    },
    makeRoom: (hand, { room, held, seen = -1 }) => {
      if (!hand.isLeaving) hand.room = room;
      const has = new Set(held);
      // What it does not have of what it has seen was lost on the way.
      const lost = [...hand.has].filter(([id, { isSent }]) => isSent && id <= seen && !has.has(id));
      for (const [id] of lost) void giveBack(hand, id, 0);
      give(hand.agent);
    },
    giveBack,
    reported: async (hand, { id, item, text }) => {
      const report = reportOfText(text);
      const answer = await ask.about(hand.agent, report);
      // Whatever the answer to its end: it takes no room any more.
      if (answer !== undefined && endsItem(kindOf(report))) hands.release(hand, item);
      hand.notes.answer(id, answer);
      give(hand.agent);
    },
    clear: waiting.clear,
  };
}

function kindOf(report: Json): string {
  return String((report as { readonly kind?: Json } | null)?.kind);
}

/** Items that wait for a worker, or before that for their time, in the order in which they came. */
type WaitingItems = {
  /** Looks whether it can go once its time has come. One that waits already waits anew. */
  readonly put: (item: WorkItem, delayMs: number) => void;
  readonly remove: (agent: string, attemptKey: string) => void;
  /** Those that wait for nothing but a worker. */
  readonly ready: (agent: string) => Iterable<WorkItem>;
  readonly takeAll: (agent: string) => readonly WorkItem[];
  readonly count: (agent: string) => number;
  readonly clear: () => void;
};

type Waiting = { readonly item: WorkItem; cancel?: () => void };

function createWaitingItems(onDue: (agent: string) => void): WaitingItems {
  const waiting = new Map<string, Map<string, Waiting>>();

  function remove(agent: string, key: string): void {
    const ofAgent = waiting.get(agent);
    ofAgent?.get(key)?.cancel?.();
    ofAgent?.delete(key);
    if (ofAgent?.size === 0) waiting.delete(agent);
  }

  function takeAll(agent: string): readonly WorkItem[] {
    const all = [...(waiting.get(agent)?.values() ?? [])];
    waiting.delete(agent);
    for (const { cancel } of all) cancel?.();

    return all.map(({ item }) => item);
  }

  return {
    put: (item, delayMs) => {
      const { agent } = item;
      const key = attemptKeyOf(item);
      remove(agent, key);
      const entry: Waiting = { item };
      waiting.set(agent, (waiting.get(agent) ?? new Map<string, Waiting>()).set(key, entry));
      if (delayMs === 0) {
        onDue(agent);
        return;
      }
      const timer = setTimeout(() => {
        delete entry.cancel;
        onDue(agent);
      }, delayMs);
      entry.cancel = () => clearTimeout(timer);
    },
    remove,
    ready: function* (agent) {
      for (const { item, cancel } of waiting.get(agent)?.values() ?? []) if (cancel === undefined) yield item;
    },
    takeAll,
    count: (agent) => waiting.get(agent)?.size ?? 0,
    clear: () => {
      for (const agent of [...waiting.keys()]) takeAll(agent);
    },
  };
}
