// What an engine keeps besides its journal, in memory: each has a contract suite that the real one passes, too.

import type { ProjectSecrets } from '../../src/ports/access/secrets.ts';
import { createMemoryBlobStore } from '../../src/stores/memory/blob-store.ts';
import { createMemoryRunSecrets } from '../../src/stores/memory/run-secrets.ts';
import { createMemorySlots } from '../../src/stores/memory/slots.ts';
import { createMemorySnapshots } from '../../src/stores/memory/snapshots.ts';

export function createMemoryStores(secrets: Readonly<Record<string, string>> = {}) {
  return {
    blobs: createMemoryBlobStore(),
    slots: createMemorySlots(),
    snapshots: createMemorySnapshots(),
    runSecrets: createMemoryRunSecrets(),
    projectSecrets: projectSecretsOf(secrets),
  };
}

export function projectSecretsOf(secrets: Readonly<Record<string, string>>): ProjectSecrets {
  const all = Object.values(secrets);

  return { get: (name) => secrets[name], values: () => secrets, all: () => all };
}
