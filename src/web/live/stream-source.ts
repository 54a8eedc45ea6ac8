import type { StreamMessage } from '../../api/stream.ts';
import { apiPath } from '../api/client.ts';
import { nowMs } from '../time/now.ts';

export type StreamListener = {
  readonly onMessage: (message: StreamMessage) => void;
  /** The connection stands; with a position where everything up to it is known to have been told already. */
  readonly onOpen: (position?: number) => void;
  /** It is opened again at that time, in ms. */
  readonly onLost: (retryAtMs: number) => void;
};

const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

/** Keeps one connection to the event stream, behind a position. Returns what closes it. */
export function openStream(after: () => number, listener: StreamListener): () => void {
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
