import type { DeclaredAgent, Level } from '../../../machines/agents/declared-agent.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { Agent, DrainMark, SeenWorker } from '../../ports/work/agent-admin.ts';

/** Nobody says how much a folder or a command takes at a time: one by one. */
const capacityWithoutWorkers = 1;

/** What is known of an agent: what is declared counts before what its workers say of it. */
export function mergedAgent(
  name: string,
  {
    stated,
    workers,
    draining,
  }: {
    readonly stated: DeclaredAgent | undefined;
    readonly workers: readonly SeenWorker[];
    readonly draining: DrainMark | undefined;
  },
): Agent {
  const transport = stated?.transport ?? { kind: 'nats' };
  const together =
    transport.kind === 'nats'
      ? workers.reduce((sum, { capacity }) => sum + capacity, 0)
      : capacityWithoutWorkers;

  return defined({
    name,
    description: stated?.description,
    department: stated?.department ?? workers.find(({ department }) => department !== undefined)?.department,
    level: stated?.level ?? leastOf(workers),
    skills: stated?.skills ?? [...new Set(workers.flatMap(({ skills }) => skills))].sort(),
    capacity: stated?.capacity ?? together,
    transport,
    declared: stated !== undefined,
    draining,
    workers,
  });
}

/** Workers of one agent that do not agree about its level have the lowest of those that they name. */
function leastOf(workers: readonly SeenWorker[]): Level {
  return (
    workers.reduce<Level | undefined>(
      (least, { level = 'L3' }) => (least === undefined || level > least ? level : least),
      undefined,
    ) ?? 'L3'
  );
}
