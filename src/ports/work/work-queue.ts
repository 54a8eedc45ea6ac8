import type { Json } from '../../../events/canonical-json.ts';
import type { WorkItem } from '../../../events/worker-protocol.ts';

/**
 * Answers one report of a worker of this agent, as text that `ReportAnswer` reads. The transport vouches for the agent;
 * what the report says has been checked by nobody. Rejects when there is no answer: then the worker asks again.
 */
export type ReportHandler = (agent: string, report: Json) => Promise<Json>;

/** Brings attempts to the workers of an agent: the engine's side of a transport of the worker protocol. */
export interface WorkQueue {
  /**
   * Puts an attempt where workers of its agent find it, in the order of first offering. Offered again (same attempt and
   * agent) while it is there, or while a worker has it, it is not there twice. Rejects with WorkItemTooLarge, or
   * WorkQueueUnavailable when the store could not be reached for as long as it is tried.
   */
  offer(item: WorkItem): Promise<void>;
  /**
   * Takes the attempt out of the queue, as far as can be. With a `reason` it is over, and a worker that has it is told
   * to stop; without one it only waits elsewhere, and whoever has it goes on.
   */
  withdraw(item: {
    readonly agent: string;
    readonly attemptKey: string;
    readonly reason?: string | undefined;
  }): Promise<void>;
  /** Answers the reports about the runs of a shard until the returned function is called. */
  serve(shard: number, handler: ReportHandler): Promise<() => Promise<void>>;
}

/** The attempt does not fit into a message. The reaction: the attempt fails, for good. */
export class WorkItemTooLarge extends Error {
  override readonly name = 'WorkItemTooLarge';
  readonly code = 'work.too-large';

  constructor(attempt: string, bytes: number, bytesMax: number) {
    super(
      `attempt ${attempt} has ${bytes} bytes with its input, more than the ${bytesMax} that a message to a worker holds; ` +
        'give the worker the place of the data instead of the data',
    );
  }
}

/** The queue could not be reached. The reaction: offer again later. */
export class WorkQueueUnavailable extends Error {
  override readonly name = 'WorkQueueUnavailable';
  readonly code = 'work.unavailable';
}
