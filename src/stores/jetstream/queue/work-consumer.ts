import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';

/** Makes sure that the workers of an agent have what they take their items from. */
export type WorkConsumers = {
  /** Rejects as JetStream's API does: also while the stream is not there. */
  ensure(agent: string): Promise<void>;
  /** Something is wrong: believes nothing any more. */
  doubt(): void;
};

/** The time without a heartbeat after which the queue gives an item to another worker. */
export const WORK_ALIVE_MS = 10_000;
/** The time for which a consumer is assumed to exist: somebody may delete it. */
const BELIEVED_MS = 30_000;
const MS_NANOS = 1_000_000;
/** The most workers that may wait for an item of one agent at a time. */
const WAITING_MAX = 10_000;

/** One durable consumer for each agent, which its workers share. */
export function createWorkConsumers(source: {
  readonly link: Link;
  readonly names: Names;
  /** The time without a heartbeat after which the queue gives an item to another worker. */
  readonly aliveMs: number;
}): WorkConsumers {
  const { link } = source;
  const known = new Map<string, { readonly made: Promise<void>; readonly atMs: number }>();
  const doubt = (): void => known.clear();
  link.onUp(doubt);

  return {
    ensure: async (agent) => {
      const before = known.get(agent);
      if (before !== undefined && performance.now() - before.atMs < BELIEVED_MS) return before.made;
      const made = create(source, agent);
      known.set(agent, { made, atMs: performance.now() });
      try {
        await made;
      } catch (error) {
        doubt();
        throw error;
      }
    },
    doubt,
  };
}

/** Gives one that exists these settings; what it holds stays. */
async function create(
  source: { readonly link: Link; readonly names: Names; readonly aliveMs: number },
  agent: string,
): Promise<void> {
  const { link, names, aliveMs } = source;
  const name = names.workConsumer(agent);
  const filter = names.workSubjectsOf(agent);
  const config = {
    name,
    durable_name: name,
    filter_subject: filter,
    deliver_policy: 'all',
    ack_policy: 'explicit',
    ack_wait: aliveMs * MS_NANOS,
    // Who died with an item is for the engine to count, and how many an agent may have at a time to limit.
    max_deliver: -1,
    max_ack_pending: -1,
    max_waiting: WAITING_MAX,
  };
  await link.api(`CONSUMER.CREATE.${names.workStream}.${name}.${filter}`, {
    stream_name: names.workStream,
    config,
  });
}
