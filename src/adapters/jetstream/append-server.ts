import type { AckInbox } from './ack-inbox.ts';
import type { Link } from './link.ts';
import type { Outage } from './outage.ts';
import { PATIENCE_MS, patiently, pause } from './patience.ts';
import { publishSingle } from './publish-appends.ts';
import type { AppendServer } from './settle-append.ts';
import { firstAfter } from './stream-get.ts';

/** The stream of a real server, as appending sees it. */
export function createAppendServer(source: {
  readonly link: Link;
  readonly inbox: AckInbox;
  readonly outage: Outage;
  readonly stream: string;
  readonly recordBytesMax: number;
}): AppendServer {
  const { link, inbox, outage, stream, recordBytesMax } = source;

  return {
    publish: (pending) =>
      new Promise((resolve) => {
        publishSingle(inbox, pending, (answer) => {
          outage.saw(answer);
          resolve(answer);
        });
      }),
    firstAfter: ({ subject, append }) =>
      patiently(link, () => firstAfter(link, { stream, subject, after: append.after })),
    pause,
    passedMs: () => performance.now(),
    isClosed: () => link.connection.isClosed(),
    isUp: link.isUp,
    lastProblem: link.lastProblem,
    patienceMs: PATIENCE_MS,
    recordBytesMax,
  };
}
