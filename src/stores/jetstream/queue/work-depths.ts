import { tokenText } from '../../../ports/subject-token.ts';
import type { WorkDepth } from '../../../ports/work/agents-desk.ts';
import { ApiRefusal } from '../connection/jetstream-errors.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { STREAM_NOT_FOUND } from '../connection/streams.ts';

type Page = {
  readonly total?: number;
  readonly consumers?: readonly {
    readonly name: string;
    readonly num_pending?: number;
    readonly num_ack_pending?: number;
  }[];
};

/** More agents than these are not counted. */
const PAGES_MAX = 100;

/** How much of the work of each agent waits in its queue, and how much of it a worker has. */
export async function workDepths(link: Link, names: Names): Promise<ReadonlyMap<string, WorkDepth>> {
  const depths = new Map<string, WorkDepth>();
  try {
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { total = 0, consumers } = await link.api<Page>(`CONSUMER.LIST.${names.workStream}`, {
        offset: depths.size,
      });
      for (const { name, num_pending: waiting = 0, num_ack_pending: taken = 0 } of consumers ?? [])
        depths.set(tokenText(name), { waiting, taken });
      if (depths.size >= total || (consumers ?? []).length === 0) break;
    }
  } catch (error) {
    // Nothing was ever offered.
    if (!(error instanceof ApiRefusal) || error.errCode !== STREAM_NOT_FOUND) throw error;
  }

  return depths;
}
