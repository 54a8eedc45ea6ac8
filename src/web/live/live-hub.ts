import type { StreamMessage } from '../../api/stream.ts';
import { nowMs } from '../time/now.ts';
import { type LiveState, nextState, startState } from './live-state.ts';
import { joinStream } from './shared-stream.ts';

export type LiveListener = (messages: readonly StreamMessage[]) => void;

/** How often messages are handed on at most: the first at once, and those that come soon after it together. */
const BATCH_MS = 100;

const listeners = new Set<LiveListener>();
const watchers = new Set<() => void>();
let state: LiveState = startState;
let waiting: StreamMessage[] = [];
let timer: number | undefined;
let handedOnAt = 0;
/** Whether this page has been told from where on it hears everything, or that it will not hear for now. */
let hasBegun = false;

/** Connects this page to the event stream. Returns what leaves it. */
export function startLive(): () => void {
  const leave = joinStream(() => state.position, {
    onOpen: (position) => {
      hasBegun ||= position !== undefined;
      moveTo(position === undefined ? 'open' : { position });
    },
    onLost: (retryAtMs) => {
      hasBegun = true;
      moveTo({ retryAtMs });
    },
    onMessage: (message) => {
      waiting.push(message);
      timer ??= window.setTimeout(handOn, Math.max(0, handedOnAt + BATCH_MS - performance.now()));
    },
  });

  return () => {
    leave();
    window.clearTimeout(timer);
    timer = undefined;
    waiting = [];
  };
}

/** Is told every batch of messages, until the returned function is called. */
export function onLive(listener: LiveListener): () => void {
  listeners.add(listener);

  return () => {
    listeners.delete(listener);
  };
}

export function liveState(): LiveState {
  return state;
}

/** Whether it is time to ask for what the page shows: it would be kept up to date from then on. */
export function isListening(): boolean {
  return hasBegun;
}

/** Is told when the state of the connection changes. */
export function onLiveState(watcher: () => void): () => void {
  watchers.add(watcher);

  return () => {
    watchers.delete(watcher);
  };
}

function handOn(): void {
  timer = undefined;
  handedOnAt = performance.now();
  const batch = waiting;
  waiting = [];
  const position = batch.reduce((most, one) => ('position' in one ? Math.max(most, one.position) : most), 0);
  // What the page shows was asked for after the first snapshot: only a later one says that something was missed.
  const missed = hasBegun ? batch : batch.filter(({ kind }) => kind !== 'snapshot');
  hasBegun = true;
  moveTo({ position });
  for (const listener of listeners) listener(missed);
}

function moveTo(event: Parameters<typeof nextState>[1]): void {
  const next = nextState(state, event, nowMs());
  const isSame =
    next.status === state.status && next.position === state.position && next.retryAtMs === state.retryAtMs;
  state = next;
  if (isSame) return;
  for (const watcher of watchers) watcher();
}
