import { RequestError } from '@nats-io/transport-node';
import type { Link } from './link.ts';
import { patiently } from './patience.ts';
import { streamInfo } from './streams.ts';

/** By which server a stream was led, and by which it is now. */
export type LeaderChange = { readonly from: string | undefined; readonly to: string };

/** Has another replica lead the stream, the preferred one where it can; undefined where there is none. */
export async function changeLeader(
  link: Link,
  stream: string,
  preferred?: string,
): Promise<LeaderChange | undefined> {
  const before = await patiently(link, () => streamInfo(link, stream));
  if ((before?.config.num_replicas ?? 1) < 2) return undefined;
  const from = before?.cluster?.leader;
  const placement = preferred === undefined ? {} : { placement: { preferred } };
  await link.api(`STREAM.LEADER.STEPDOWN.${stream}`, placement);

  return patiently(link, async () => {
    const { leader = '' } = (await streamInfo(link, stream))?.cluster ?? {};
    if (leader === '' || leader === from) throw new RequestError('no other leader yet');

    return { from, to: leader };
  });
}
