import { NoRespondersError, RequestError } from '@nats-io/transport-node';
import { retryUntilDone } from '../../../lib/retry.ts';
import { ApiRefusal, NatsUnreachable, NoJetStream, TooFewServers } from './jetstream-errors.ts';
import type { Link } from './link.ts';
import { isPassing, pause } from './retry.ts';
import { ensureStream, type StreamInfo, type StreamSettings } from './streams.ts';

/** A cluster whose leader has died needs 4 to 8 s for the next one, and a request on the way is answered by none. */
const PATIENCE_MS = 20_000;
/** The servers of a cluster that has just been started find each other. */
const FORMING_MS = 5_000;
const QUIET_MS = 2_000;
/** JetStream is off on the server, or for this account. */
const NOT_ENABLED: ReadonlySet<number> = new Set([10039, 10076]);

/** Opens all streams at once. A cluster that elects a leader is waited for; a server without JetStream is not. */
export function openStreams(
  link: Link,
  url: string,
  settings: readonly StreamSettings[],
): Promise<readonly StreamInfo[]> {
  const notice = setTimeout(() => {
    link.tell(
      `JetStream does not answer yet; trying for ${PATIENCE_MS / 1000} s (an election after a server died?)`,
    );
  }, QUIET_MS);

  return Promise.all(settings.map((one) => openStream(link, url, one))).finally(() => clearTimeout(notice));
}

function openStream(link: Link, url: string, settings: StreamSettings): Promise<StreamInfo> {
  const since = performance.now();

  return retryUntilDone(
    () => ensureStream(link, settings),
    (error, failuresBefore) => {
      if (isOff(link, error)) throw new NoJetStream(url, error);
      if (!isPassing(error)) throw error;
      refuseToWait(url, error, performance.now() - since);

      return pause(failuresBefore);
    },
  );
}

function refuseToWait(url: string, error: unknown, waitedMs: number): void {
  if (error instanceof TooFewServers && waitedMs > FORMING_MS) throw error;
  if (waitedMs > PATIENCE_MS) throw new NatsUnreachable(url, 'JetStream does not answer', error);
}

function isOff(link: Link, error: unknown): boolean {
  if (error instanceof ApiRefusal) return NOT_ENABLED.has(error.errCode);
  if (link.connection.info?.jetstream === true) return false;

  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}
