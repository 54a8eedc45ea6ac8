import type { StreamMessage } from '../../api/stream.ts';
import { apiPath } from '../api/client.ts';
import { nowMs } from '../time/now.ts';
import { type LiveState, nextState, startState } from './live-state.ts';

const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

const NAME = '3ox-stream';

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

type Told =
  | { readonly kind: 'message'; readonly message: StreamMessage }
  | { readonly kind: 'lost'; readonly retryAtMs: number }
  /** The connection stands, and everything up to the position has been told. */
  | { readonly kind: 'open'; readonly position: number }
  /** A tab has come and asks how things are. */
  | { readonly kind: 'hello' };

/**
 * The event stream of all tabs of this browser over one connection: a browser opens six to a host, and streams would
 * take them all. The tab that holds the lock has the connection and tells the others; when it is closed the next one
 * goes on from where that one was. Where there are no locks each tab has its own. Returns what leaves.
 */
function joinStream(after: () => number, listener: StreamListener): () => void {
  if (!('locks' in navigator) || !('BroadcastChannel' in window)) return openStream(after, listener);
  const channel = new BroadcastChannel(NAME);
  const leaving = new AbortController();
  let lost: { readonly retryAtMs: number } | undefined = { retryAtMs: nowMs() };
  const say = (told: Told): void => channel.postMessage(told);

  channel.addEventListener('message', (event: MessageEvent<Told>) => {
    const told = event.data;
    if (told.kind === 'message') listener.onMessage(told.message);
    else if (told.kind === 'open') listener.onOpen(told.position);
    else if (told.kind === 'lost') listener.onLost(told.retryAtMs);
  });
  say({ kind: 'hello' });
  const lead = (): (() => void) => {
    const tellState = (): void =>
      say(lost === undefined ? { kind: 'open', position: after() } : { kind: 'lost', ...lost });
    channel.addEventListener('message', (event: MessageEvent<Told>) => {
      if (event.data.kind === 'hello') tellState();
    });

    return openStream(after, {
      onOpen: () => listener.onOpen(),
      onMessage: (message) => {
        const isFirst = lost !== undefined;
        lost = undefined;
        listener.onMessage(message);
        say({ kind: 'message', message });
        if (isFirst) tellState();
      },
      onLost: (retryAtMs) => {
        lost = { retryAtMs };
        listener.onLost(retryAtMs);
        tellState();
      },
    });
  };
  holdLock(lead, leaving.signal);

  return () => {
    leaving.abort();
    channel.close();
  };
}

function holdLock(lead: () => () => void, signal: AbortSignal): void {
  const held = navigator.locks.request(NAME, { signal }, () => {
    if (signal.aborted) return;
    const close = lead();

    return new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        close();
        resolve();
      });
    });
  });
  // Left while it still waited for the lock: there is nothing to close.
  held.catch(() => undefined);
}

type StreamListener = {
  readonly onMessage: (message: StreamMessage) => void;
  /** The connection stands; with a position where everything up to it is known to have been told already. */
  readonly onOpen: (position?: number) => void;
  /** It is opened again at that time, in ms. */
  readonly onLost: (retryAtMs: number) => void;
};

/** Keeps one connection to the event stream, behind a position. Returns what closes it. */
function openStream(after: () => number, listener: StreamListener): () => void {
  let source: EventSource | undefined;
  let timer: number | undefined;
  let failures = 0;

  const connect = (): void => {
    const position = after();
    source = new EventSource(apiPath(['stream'], position > 0 ? { after: position } : {}));
    const hear = (event: MessageEvent<string>): void =>
      listener.onMessage(JSON.parse(event.data) as StreamMessage);
    source.addEventListener('message', hear);
    source.addEventListener('open', () => {
      failures = 0;
      listener.onOpen();
    });
    source.addEventListener('error', () => {
      const waitMs = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] ?? 0;
      listener.onLost(nowMs() + waitMs);
      // Opened anew by ourselves: a browser waits as long as it likes, and never comes back from an answer of 503.
      source?.close();
      timer = window.setTimeout(connect, waitMs);
      failures += 1;
    });
  };
  connect();

  return () => {
    window.clearTimeout(timer);
    source?.close();
  };
}
