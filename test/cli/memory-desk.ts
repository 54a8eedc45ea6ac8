// Where people look after agents, over workers in memory: the real roster and desk, without NATS.
import { authorityOf } from '../../machines/agents/authority.ts';
import { openDeclared } from '../../src/compose/session/open-agents.ts';
import { createAgentsDesk } from '../../src/engine/agents/agent-admin.ts';
import { createRoster } from '../../src/engine/agents/agent-registry.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AgentsDesk, DrainMark, MoveMark, WorkDepth } from '../../src/ports/work/agent-admin.ts';
import type { MemoryWork } from '../../src/stores/memory/work-queue.ts';

export type MemoryAgents = {
  readonly work: MemoryWork;
  readonly clock: Clock;
  readonly marks: Map<string, DrainMark>;
  readonly depths: Map<string, WorkDepth>;
};

export async function openMemoryDesk(
  { work, clock, marks, depths }: MemoryAgents,
  projectDir: string,
): Promise<AgentsDesk> {
  const { declared, invalid } = await openDeclared({
    projectDir,
    clock,
    onProgress: () => undefined,
    readOnly: true,
  });
  const keeping = <Mark>(of: Map<string, Mark>) => ({
    all: async () => new Map(of),
    set: async (agent: string, mark: Mark) => void of.set(agent, mark),
    clear: async (agent: string) => void of.delete(agent),
  });
  const kept = { ...keeping(marks), moves: keeping(new Map<string, MoveMark>()) };
  const roster = await createRoster({
    declared,
    presence: work.presence,
    marks: kept,
    clock,
    onTrouble: () => undefined,
  });

  return createAgentsDesk({
    roster,
    ready: () => Promise.resolve(),
    marks: kept,
    authority: authorityOf(declared.current().principals),
    clock,
    invalid,
    depths: async () => depths,
    close: async () => {
      roster.close();
      declared.close();
    },
  });
}
