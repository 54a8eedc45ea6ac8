import type { TaskState } from '../../../machines/chart/run/run-state.ts';
import type { SimpleTask } from '../../../machines/task.ts';
import type { Roster } from '../../ports/work/roster.ts';
import { agentFor } from './agent-task.ts';
import { type AgentWait, agentWait } from './agent-waits.ts';

/**
 * What an attempt waits for whose worker is there no longer: it died, or gave the attempt back. Undefined where the
 * worker is listening, or where none is needed to be.
 */
export function expiredClaimWait(task: SimpleTask, state: TaskState, roster: Roster): AgentWait | undefined {
  const name = agentFor(task, state);
  if (name === undefined || state.worker === undefined) return undefined;
  const agent = roster.find(name);
  const isThere = agent?.workers.some(({ worker }) => worker === state.worker) === true;
  if (isThere || (agent !== undefined && agent.transport.kind !== 'nats')) return undefined;
  const { reason, ...wait } = agentWait(task, state, roster);
  const heardAt = state.heartbeatAt ?? state.startedAt;
  const since = heardAt === undefined ? '' : ` (last heard ${heardAt})`;
  const was = `attempt ${state.attempt} was with worker ${state.worker} of ${JSON.stringify(name)}, which is not listening any more${since}`;

  return { reason: `${was}; ${reason}`, ...wait };
}
