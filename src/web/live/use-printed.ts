import { useEffect, useState } from 'react';
import type { StreamMessage } from '../../api/stream.ts';
import { apiPath } from '../api/client.ts';

export type Printed = Extract<StreamMessage, { kind: 'printed' }>;

/** So many messages are remembered, of at most 16 KiB each. */
const REMEMBERED_MAX = 200;

/**
 * What the attempts of a run print, from when the page is looked at. A stream of its own, and only while it is looked
 * at: a browser opens six connections to a host, and most pages need none of this.
 */
export function usePrinted(run: string, isWanted: boolean): readonly Printed[] {
  const [printed, setPrinted] = useState<readonly Printed[]>([]);
  useEffect(() => {
    if (!isWanted) return;
    setPrinted([]);
    let source: EventSource | undefined;
    const hear = (event: MessageEvent<string>): void => {
      const message = JSON.parse(event.data) as StreamMessage;
      if (message.kind === 'printed') setPrinted((before) => [...before, message].slice(-REMEMBERED_MAX));
    };
    const look = (): void => {
      source?.close();
      source = undefined;
      if (document.visibilityState !== 'visible') return;
      source = new EventSource(apiPath(['stream'], { run, printed: 'true' }));
      source.addEventListener('message', hear);
    };
    look();
    document.addEventListener('visibilitychange', look);

    return () => {
      document.removeEventListener('visibilitychange', look);
      source?.close();
    };
  }, [run, isWanted]);

  return printed;
}
