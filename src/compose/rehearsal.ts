import { scenarioStart } from '../../machines/explore/scenario.ts';
import { createMemoryBlobStore } from '../adapters/memory/blob-store.ts';
import { createMemoryDefinitionStore } from '../adapters/memory/definition-store.ts';
import { createMemoryJournal } from '../adapters/memory/journal.ts';
import { createMemoryRunSecrets } from '../adapters/memory/run-secrets.ts';
import { createMemorySlots } from '../adapters/memory/slots.ts';
import { createVirtualClock } from '../adapters/memory/virtual-clock.ts';
import { createRehearsals as createRehearsalsIn } from '../engine/rehearsal/play-scenario.ts';
import type { World } from '../engine/rehearsal/stage.ts';
import type { Rehearsals } from '../ports/rehearsals.ts';

/** Rehearsals need no server: everything that an engine keeps is in memory, and gone when they end. */
export function createRehearsals(): Rehearsals {
  return createRehearsalsIn(newWorld);
}

function newWorld(): World {
  const clock = createVirtualClock(Date.parse(scenarioStart));

  return {
    clock,
    journal: createMemoryJournal(clock),
    nowhere: createMemoryJournal(clock),
    definitions: createMemoryDefinitionStore(),
    blobs: createMemoryBlobStore(),
    slots: createMemorySlots(),
    runSecrets: createMemoryRunSecrets(),
  };
}
