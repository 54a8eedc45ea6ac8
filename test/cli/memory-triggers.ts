// Where people look after triggers, over stores in memory: the real desk, without NATS.
import { authorityOf } from '../../machines/agents/authority.ts';
import { openDeclared } from '../../src/compose/session/open-agents.ts';
import { createKnownTriggers } from '../../src/engine/triggers/known-triggers.ts';
import { createTriggersDesk, type TriggersDeskDeps } from '../../src/engine/triggers/trigger-admin.ts';
import type { DefinitionStore } from '../../src/ports/definitions/definition-store.ts';
import type { TriggersDesk } from '../../src/ports/events/trigger-admin.ts';
import type { Journal } from '../../src/ports/runs/journal.ts';
import { createMemoryEventOutcomes } from '../../src/stores/memory/event-outcomes.ts';
import { createMemoryMarkStore } from '../../src/stores/memory/mark-store.ts';

/** What is kept about triggers and events. */
export type MemoryTriggers = Pick<TriggersDeskDeps, 'marks' | 'outcomes'>;

export function createMemoryTriggers(): MemoryTriggers {
  return { marks: createMemoryMarkStore(), outcomes: createMemoryEventOutcomes() };
}

type World = MemoryTriggers &
  Pick<TriggersDeskDeps, 'events' | 'leases' | 'clock'> & {
    readonly journal: Journal;
    readonly definitions: DefinitionStore;
  };

export async function openMemoryTriggers(world: World, projectDir: string): Promise<TriggersDesk> {
  const { definitions, clock } = world;
  const { declared } = await openDeclared({ projectDir, clock, onProgress: () => undefined, readOnly: true });

  return createTriggersDesk({
    ...world,
    reader: { ...world.journal, isKnown: async () => false },
    known: createKnownTriggers({ definitions, clock, onTrouble: () => undefined }),
    authority: authorityOf(declared.current().principals),
    isDead: () => false,
    close: async () => declared.close(),
  });
}
