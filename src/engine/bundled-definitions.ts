import { bundledVersions } from '../../machines/bundle.ts';
import type { BundleStore } from '../ports/definitions/bundle-store.ts';
import type { DefinitionStore } from '../ports/definitions/definition-store.ts';

/**
 * The same definitions, where an id without a version means the version of the current bundle if it holds the id, and
 * the highest registered one else. Runs go by hashes: nothing changes for those that have begun.
 */
export function byCurrentBundle(
  definitions: DefinitionStore,
  bundles: Pick<BundleStore, 'current' | 'find'>,
): DefinitionStore {
  const bundled = async () => {
    const current = await bundles.current();
    const bundle = current && (await bundles.find(current.hash));

    return bundle === undefined ? undefined : bundledVersions(bundle);
  };

  return {
    ...definitions,
    byId: async (id, version) => definitions.byId(id, version ?? (await bundled())?.get(id)?.version),
    list: async () => {
      const [versions, list] = await Promise.all([bundled(), definitions.list()]);
      if (versions === undefined) return list;

      return list.map((each) =>
        versions.get(each.ref.id)?.hash === each.ref.hash ? { ...each, isBundled: true } : each,
      );
    },
  };
}
