import { scenarioStart } from '../../machines/prover/explore/scenario.ts';
import { createWorldRehearsals as createRehearsalsIn } from '../engine/rehearsal/play-scenario.ts';
import type { World } from '../engine/rehearsal/test-world.ts';
import type { Rehearsals } from '../ports/runs/rehearsals.ts';
import { createMemoryBlobStore } from '../stores/memory/blob-store.ts';
import { createMemoryDefinitionStore } from '../stores/memory/definition-store.ts';
import { createMemoryJournal } from '../stores/memory/journal.ts';
import { createMemoryRunSecrets } from '../stores/memory/run-secrets.ts';
import { createMemorySlots } from '../stores/memory/slots.ts';
import { createVirtualClock } from '../stores/memory/virtual-clock.ts';

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
