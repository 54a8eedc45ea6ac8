import type { AgentTransport } from '../../machines/agents/declared-agent.ts';
import type { Roster } from '../ports/roster.ts';
import type { WorkQueue } from '../ports/work-queue.ts';

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
