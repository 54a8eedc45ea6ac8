import type { WorkDepth } from '../../ports/work/agents-desk.ts';
import type { Agent, SeenWorker } from '../../ports/work/roster.ts';

type Document = Readonly<Record<string, unknown>>;

/** How much its workers have under way, of how much they can have, and how busy they were in the last minute. */
export type Business = { readonly running: number; readonly room: number; readonly utilisation: number };

/** Those of an agent without workers (files, a command) are not known here. */
export function businessOf({ workers }: Pick<Agent, 'workers'>): Business {
  const room = sum(workers, ({ capacity }) => capacity);

  return {
    running: sum(workers, ({ running }) => running),
    room,
    utilisation: room === 0 ? 0 : sum(workers, (each) => each.utilisation * each.capacity) / room,
  };
}

/** An agent as `--json` shows it. Adding keys is fine, changing them is not: programs rely on them. */
export function agentDocument(agent: Agent, depth: WorkDepth | undefined): Document {
  const { workers, ...rest } = agent;
  const { running, utilisation } = businessOf(agent);

  return {
    ...rest,
    running,
    utilisation,
    ...(depth === undefined ? {} : { queued: depth.waiting, taken: depth.taken }),
    workers: workers.map(workerDocument),
  };
}

function workerDocument(seen: SeenWorker): Document {
  const { protocol: _protocol, agent: _agent, leaving: _leaving, seenAtMs, ...worker } = seen;

  return { ...worker, lastHeardAt: new Date(seenAtMs).toISOString() };
}

function sum(workers: readonly SeenWorker[], of: (worker: SeenWorker) => number): number {
  return workers.reduce((total, worker) => total + of(worker), 0);
}
