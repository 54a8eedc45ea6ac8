// What an engine keeps besides its journal, in memory: each has a contract suite that the real one passes, too.

import { createSubjectKeys } from '../../src/keys/subject-keys.ts';
import type { ProjectSecrets } from '../../src/ports/access/secrets.ts';
import type { KeyCodec } from '../../src/ports/access/subject-keys.ts';
import { createMemoryBlobStore } from '../../src/stores/memory/blob-store.ts';
import { createMemoryKeyEntries } from '../../src/stores/memory/key-entries.ts';
import { createMemoryRunSecrets } from '../../src/stores/memory/run-secrets.ts';
import { createMemorySlots } from '../../src/stores/memory/slots.ts';
import { createMemorySnapshots } from '../../src/stores/memory/snapshots.ts';

/** Keys as they are: nobody reads this memory. */
const bareCodec: KeyCodec = {
  wrap: async (key) => Buffer.from(key).toString('base64'),
  unwrap: async (wrapped) => Buffer.from(wrapped, 'base64'),
  current: async () => '',
  wrapperOf: () => '',
};

export function createMemoryStores(secrets: Readonly<Record<string, string>> = {}) {
  return {
    blobs: createMemoryBlobStore(),
    slots: createMemorySlots(),
    snapshots: createMemorySnapshots(),
    runSecrets: createMemoryRunSecrets(),
    subjectKeys: createSubjectKeys({ entries: createMemoryKeyEntries(), codec: bareCodec }),
    projectSecrets: projectSecretsOf(secrets),
  };
}

export function projectSecretsOf(secrets: Readonly<Record<string, string>>): ProjectSecrets {
  const all = Object.values(secrets);

  return { get: (name) => secrets[name], values: () => secrets, all: () => all };
}
