import { RequestError } from '@nats-io/transport-node';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import { patiently } from '../connection/retry.ts';
import { STREAM_NOT_FOUND, type StreamInfo, type StreamSettings, streamInfo } from '../connection/streams.ts';

/** So much may pass between looking at a stream and asking for a change. */
const FRESH_MS_MAX = 1_500;
/** Tried again, as a request without an answer is. */
const LATE = 'it took too long between looking at a stream and changing it';

/**
 * Looks at a stream, and changes it at once where it still is what is meant. No request to JetStream is made on a
 * condition, and names are used again: so each try looks anew, also after an answer was lost, and none is made over
 * another connection than the look. Resolves with undefined where the stream is gone or is another one.
 */
async function changeFresh<Result>(
  link: Link,
  stream: string,
  change: (info: StreamInfo) => (() => Promise<Result>) | undefined,
): Promise<Result | undefined> {
  return patiently(link, async () => {
    let wasDown = false;
    const stop = link.onDown(() => {
      wasDown = true;
    });
    const sinceMs = performance.now();
    try {
      const info = await streamInfo(link, stream);
      const request = info && change(info);
      if (request === undefined) return undefined;
      if (wasDown || performance.now() - sinceMs > FRESH_MS_MAX) throw new RequestError(LATE);

      return await request();
    } catch (error) {
      if (error instanceof ApiRefusal && error.errCode === STREAM_NOT_FOUND) return undefined;
      throw error;
    } finally {
      stop();
    }
  });
}

/** Changes the settings of a stream; `change` answers undefined where they are to stay as they are. */
export function updateStream(
  link: Link,
  stream: string,
  change: (settings: StreamSettings) => StreamSettings | undefined,
): Promise<StreamInfo | undefined> {
  return changeFresh(link, stream, ({ config }) => {
    const settings = change(config);

    return settings && (() => link.api<StreamInfo>(`STREAM.UPDATE.${stream}`, settings));
  });
}

/** Removes a stream as long as it is the one that is meant. */
export async function removeStream(
  link: Link,
  stream: string,
  isMeant: (settings: StreamSettings) => boolean,
): Promise<void> {
  await changeFresh(link, stream, ({ config }) =>
    isMeant(config) ? () => link.api(`STREAM.DELETE.${stream}`, {}) : undefined,
  );
}
