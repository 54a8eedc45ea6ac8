// Bundles in memory, of the files of a folder.
import type { OperationPorts } from '../../src/operations/use-case.ts';
import type { BundleStore } from '../../src/ports/definitions/bundle-store.ts';
import { createProjectBundle } from '../../src/project/project-bundle.ts';
import { createMemoryBundleStore } from '../../src/stores/memory/bundle-store.ts';

export function memoryBundles(
  projectDir: string,
  {
    store = createMemoryBundleStore(),
    secrets = {},
  }: { readonly store?: BundleStore; readonly secrets?: Readonly<Record<string, string>> } = {},
): OperationPorts['bundles'] {
  return {
    store,
    project: createProjectBundle({ projectDir, secrets: () => secrets }),
    refusal: () => Promise.resolve(undefined),
  };
}
