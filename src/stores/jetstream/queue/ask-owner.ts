import type { Json } from '../../../../events/canonical-json.ts';
import {
  protocolVersion,
  type Report,
  type ReportAnswer,
  type WorkItem,
} from '../../../../events/worker-protocol.ts';
import { shardOf } from '../../../../machines/shard.ts';
import type { ReportHandler } from '../../../ports/work/work-queue.ts';
import type { ConnectedWorker } from './connected-workers.ts';

/** Asks the owner of a run in this process. Undefined where another engine has to be asked, or this one later. */
export type Asking = {
  /** Whether the run is one of this process. */
  readonly isOwner: (run: string) => boolean;
  readonly about: (agent: string, report: Json) => Promise<ReportAnswer | undefined>;
  /** What a worker would report of an item that it is handed, or has not got. */
  readonly inNameOf: (
    worker: ConnectedWorker,
    item: WorkItem,
    kind: 'start' | 'release',
  ) => Promise<ReportAnswer | undefined>;
};

export function createAsking(handlers: ReadonlyMap<number, ReportHandler>): Asking {
  async function about(agent: string, report: Json): Promise<ReportAnswer | undefined> {
    const run = (report as { readonly run?: Json } | null)?.run;
    const handler = typeof run === 'string' ? handlers.get(shardOf(run)) : undefined;
    try {
      return (await handler?.(agent, report)) as ReportAnswer | undefined;
    } catch {
      return undefined;
    }
  }

  return {
    isOwner: (run) => handlers.has(shardOf(run)),
    about,
    inNameOf: ({ agent, worker }, { run, task, attempt, token }, kind) => {
      const report: Report = {
        ...{ kind, protocol: protocolVersion, run, task, attempt, token, worker },
        handed: true,
      };

      return about(agent, report as Json);
    },
  };
}
