import type { NodeDeps } from '../../engine/cluster/node.ts';
import type { WorkflowsDeps } from '../../engine/workflows.ts';
import { delay } from '../../lib/deadline.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import type { JetStreamHandle } from '../../stores/jetstream/connect.ts';
import { systemClock } from '../system-clock.ts';
import { openAgents, openRoster, rollCallMs } from './open-agents.ts';
import type { ServerChoice } from './project-server.ts';

/** What one session knows of agents: all that an engine needs, and what is told of runs that wait for them. */
export type SessionAgents = {
  readonly engine: Pick<NodeDeps, 'work' | 'authority'>;
  readonly roster: NonNullable<WorkflowsDeps['roster']>;
  readonly authority: WorkflowsDeps['authority'];
  readonly rights: NonNullable<WorkflowsDeps['rights']>;
  readonly close: () => Promise<void>;
};

/** Rejects with AgentsInvalid where agents.yaml cannot be used and something may be begun. */
export async function openSessionAgents(
  {
    projectDir,
    engine,
  }: Pick<SessionOptions, 'projectDir'> & {
    /** `asking`: gives commands that others carry out. */
    readonly engine: SessionOptions['engine'] | 'asking';
  },
  stream: JetStreamHandle,
  onProgress: (message: string) => void,
): Promise<SessionAgents> {
  const options = { projectDir, stream, onProgress };
  if (engine === 'embedded') {
    const agents = await openAgents(options);
    const { work, authority } = agents;
    const roster = rollCalled(async () => agents.roster);

    return {
      engine: { work, authority },
      roster,
      authority,
      rights: () => Promise.resolve(authority),
      close: agents.close,
    };
  }
  let opened: ReturnType<typeof openRoster> | undefined;
  const open = (): ReturnType<typeof openRoster> => (opened ??= openRoster(options));
  const authority = engine === 'none' ? undefined : (await open()).authority;

  return {
    engine: authority === undefined ? {} : { authority },
    roster: rollCalled(async () => (await open()).roster),
    authority,
    rights: async () => (await open()).authority,
    close: async () => (await opened?.catch(() => undefined))?.close(),
  };
}

/** The roster, from when all who are there have had the time to say so. */
function rollCalled(open: () => Promise<Roster>): () => Promise<Roster> {
  let called: Promise<Roster> | undefined;

  return () => {
    called ??= open().then((roster) => delay(systemClock, rollCallMs).then(() => roster));

    return called;
  };
}

/** `recording`: takes commands and records them, and leaves what has to be carried out to other engines. */
export type SessionOptions = {
  readonly projectDir: string;
  readonly engine: 'none' | 'embedded' | 'recording';
  /** As the environment says without. */
  readonly server?: ServerChoice;
};
