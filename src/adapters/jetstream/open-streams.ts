import { NoRespondersError, RequestError } from '@nats-io/transport-node';
import { ApiRefusal, NatsUnreachable, NoJetStream } from './jetstream-errors.ts';
import type { Link } from './link.ts';
import { isPassing, pause } from './patience.ts';
import { ensureStream, type StreamInfo, type StreamSettings } from './streams.ts';

const PATIENCE_MS = 8_000;
/** JetStream is off on the server, or for this account. */
const NOT_ENABLED: ReadonlySet<number> = new Set([10039, 10076]);

/** Opens all streams at once. A cluster that elects a leader is waited for; a server without JetStream is not. */
export function openStreams(
  link: Link,
  url: string,
  settings: readonly StreamSettings[],
): Promise<readonly StreamInfo[]> {
  return Promise.all(settings.map((one) => openStream(link, url, one)));
}

async function openStream(link: Link, url: string, settings: StreamSettings): Promise<StreamInfo> {
  const since = performance.now();
  for (let attempt = 0; ; attempt++) {
    try {
      return await ensureStream(link, settings);
    } catch (error) {
      if (isOff(link, error)) throw new NoJetStream(url, error);
      if (!isPassing(error)) throw error;
      if (performance.now() - since > PATIENCE_MS) {
        throw new NatsUnreachable(url, 'JetStream does not answer', error);
      }
      await pause(attempt);
    }
  }
}

function isOff(link: Link, error: unknown): boolean {
  if (error instanceof ApiRefusal) return NOT_ENABLED.has(error.errCode);
  if (link.connection.info?.jetstream === true) return false;

  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}
