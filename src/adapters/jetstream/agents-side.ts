import type { Report, ReportAnswer } from '../../../events/worker-protocol.ts';
import { shardOf } from '../../../machines/shard.ts';
import type { WorkDepth } from '../../ports/agents-desk.ts';
import type { DrainMarks, Presence } from '../../ports/roster.ts';
import type { WorkQueue } from '../../ports/work-queue.ts';
import { createAgentsBucket } from './agents-bucket.ts';
import { createDrainMarks } from './drain-marks.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';
import { createPresence } from './presence.ts';
import { sendReport } from './send-report.ts';
import { WORK_ALIVE_MS } from './work-consumer.ts';
import { workDepths } from './work-depths.ts';
import { createJetStreamWorkQueue } from './work-queue.ts';
import { createWorkSecret } from './work-secret.ts';

/** What is said to agents and about them. */
export type AgentsSide = {
  readonly workQueue: WorkQueue;
  readonly presence: Presence;
  readonly drainMarks: DrainMarks;
  /** Tells the engine that owns the run, on behalf of an agent. Rejects when nobody answers in time. */
  report(agent: string, report: Report): Promise<ReportAnswer>;
  /** How much work each agent has in its queue. */
  workDepths(): Promise<ReadonlyMap<string, WorkDepth>>;
  /** What the tokens of items are made with; for engines only. */
  workSecret(): Promise<string>;
};

const REPORT_MS_MAX = 15_000;

export function createAgentsSide(source: {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  readonly workAliveMs?: number | undefined;
}): AgentsSide {
  const { link, names, workAliveMs: aliveMs = WORK_ALIVE_MS } = source;
  const presence = createPresence(source);

  return {
    workQueue: createJetStreamWorkQueue({ ...source, presence, aliveMs }),
    presence,
    drainMarks: createDrainMarks(createAgentsBucket(source, names.agentsBucket)),
    report: (agent, report) =>
      sendReport(link, names.reportSubject(agent, shardOf(report.run)), {
        report,
        signal: AbortSignal.timeout(REPORT_MS_MAX),
      }),
    workDepths: () => workDepths(link, names),
    workSecret: createWorkSecret(createAgentsBucket(source, names.engineBucket)),
  };
}
