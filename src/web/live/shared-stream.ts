import type { StreamMessage } from '../../api/stream.ts';
import { nowMs } from '../time/now.ts';
import { openStream, type StreamListener } from './stream-source.ts';

type Told =
  | { readonly kind: 'message'; readonly message: StreamMessage }
  | { readonly kind: 'lost'; readonly retryAtMs: number }
  /** The connection stands, and everything up to the position has been told. */
  | { readonly kind: 'open'; readonly position: number }
  /** A tab has come and asks how things are. */
  | { readonly kind: 'hello' };

const NAME = '3ox-stream';

/**
 * The event stream of all tabs of this browser over one connection: a browser opens six to a host, and streams would
 * take them all. The tab that holds the lock has the connection and tells the others; when it is closed the next one
 * goes on from where that one was. Where there are no locks each tab has its own. Returns what leaves.
 */
export function joinStream(after: () => number, listener: StreamListener): () => void {
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
