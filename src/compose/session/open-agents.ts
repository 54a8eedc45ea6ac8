import { authorityOf } from '../../../machines/agents/authority.ts';
import type { AgentTransport } from '../../../machines/agents/declared-agent.ts';
import { createRoster } from '../../engine/agents/agent-registry.ts';
import { createDrainMarks } from '../../engine/agents/drain-marks.ts';
import type { NodeDeps } from '../../engine/cluster/node.ts';
import { createFileQueue } from '../../file-queue/file-queue.ts';
import { messageOf } from '../../lib/text.ts';
import type { Authority } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import { type AgentsFile, AgentsInvalid, type Roster } from '../../ports/work/agent-admin.ts';
import type { WorkQueue } from '../../ports/work/work-queue.ts';
import { openAgentsFile } from '../../project/agents-file.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { systemClock } from '../system-clock.ts';

/** How long workers have to speak up after they were asked who is there. */
export const rollCallMs = 400;

export type AgentsOptions = {
  readonly projectDir: string;
  readonly stream: JetStreamHandle;
  readonly onProgress: (message: string) => void;
  /** Goes on without an agents.yaml that cannot be used, as if nobody were declared, and says so by `invalid`. */
  readonly readOnly?: boolean;
};

/** Who could carry out work, and who may do what. */
export type OpenRoster = {
  readonly roster: Roster;
  readonly authority: Authority;
  /** Why agents.yaml could not be used to begin with. */
  readonly invalid: AgentsInvalid | undefined;
  readonly close: () => void;
};

/** The same with what brings work to the agents. */
export type OpenAgents = Pick<OpenRoster, 'roster' | 'authority'> & {
  readonly work: NonNullable<NodeDeps['work']>;
  readonly close: () => Promise<void>;
};

/** For an engine. Rejects with AgentsInvalid where agents.yaml cannot be used. */
export async function openAgents(options: AgentsOptions): Promise<OpenAgents> {
  const { projectDir, stream, onProgress } = options;
  const { roster, authority, close: closeRoster } = await openRoster(options);
  const files = createFileQueue({
    projectDir,
    clock: systemClock,
    roster,
    report: stream.report,
    onTrouble: (error) => onProgress(messageOf(error)),
  });
  const close = async () => {
    closeRoster();
    await files.close();
  };
  try {
    const queue = createWorkQueues(roster, { nats: stream.workQueue, files });

    return {
      roster,
      authority,
      work: { queue, roster, secret: await stream.workSecret() },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** For whoever only wants to know. Rejects with AgentsInvalid where agents.yaml cannot be used. */
export async function openRoster(options: AgentsOptions): Promise<OpenRoster> {
  const { stream, onProgress } = options;
  const { declared, invalid } = await openDeclared(options);
  try {
    const roster = await createRoster({
      declared,
      presence: stream.presence,
      marks: createDrainMarks(stream.agentMarks),
      clock: systemClock,
      onTrouble: (error) => onProgress(messageOf(error)),
    });

    return {
      roster,
      // What agents.yaml says now counts, not what it said when it was opened.
      authority: { refusal: (...asked) => authorityOf(declared.current().principals).refusal(...asked) },
      invalid,
      close: () => {
        roster.close();
        declared.close();
      },
    };
  } catch (error) {
    declared.close();
    throw error;
  }
}

/** agents.yaml, looked after; see `readOnly`. */
export async function openDeclared({
  projectDir,
  onProgress,
  readOnly,
  clock = systemClock,
}: Omit<AgentsOptions, 'stream'> & { readonly clock?: Clock }): Promise<{
  readonly declared: AgentsFile;
  readonly invalid: AgentsInvalid | undefined;
}> {
  try {
    const declared = await openAgentsFile({ projectDir, clock, onProblem: onProgress });

    return { declared, invalid: undefined };
  } catch (error) {
    if (readOnly !== true || !(error instanceof AgentsInvalid)) throw error;
    const nobody = { agents: [], principals: [], skills: [] };

    return {
      declared: { current: () => nobody, onChange: () => () => undefined, close: () => undefined },
      invalid: error,
    };
  }
}

/** One queue of all agents: each is reached as its transport says, and all report by the same way. */
export function createWorkQueues(
  roster: Roster,
  { nats, files }: { readonly nats: WorkQueue; readonly files: Omit<WorkQueue, 'serve'> },
): WorkQueue {
  const of = (agent: string): Omit<WorkQueue, 'serve'> => (kindOf(roster, agent) === 'files' ? files : nats);

  return {
    offer: (item) => of(item.agent).offer(item),
    // Its transport may have been another one when the item was offered.
    withdraw: async (item) => void (await Promise.all([nats.withdraw(item), files.withdraw(item)])),
    serve: nats.serve,
  };
}

/** An agent that nobody has heard of may have workers later. */
function kindOf(roster: Roster, agent: string): AgentTransport['kind'] {
  return roster.find(agent)?.transport.kind ?? 'nats';
}
