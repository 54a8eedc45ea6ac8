// A backup holds the bundles of the namespace, and which of them is current. Method: real servers, one of them empty.
import { expect, test } from 'vitest';
import { bundleHash } from '../../../machines/bundle.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { exampleBundle, publication } from '../../contract/bundle-store-contract.ts';
import { openSite } from './site.ts';

test('a site that was restored serves the bundle that was current, with the texts of its files', async () => {
  const old = await openSite('bundled');
  const { stream } = await old.engine();
  const policy = 'required_files: [README.md]\n';
  const bundle = { ...exampleBundle(1), files: [{ path: 'POLICY/a.yaml', sha256: sha256Hex(policy) }] };
  await stream.bundles.keep(bundle, new Map([[sha256Hex(policy), policy]]));
  await stream.bundles.publish(publication(bundle));
  const fresh = await openSite('bundled');
  await fresh.restore(await old.backup());
  const { stream: restored } = await fresh.engine();

  expect(await restored.bundles.current()).toEqual(publication(bundle));
  expect(await restored.bundles.find(bundleHash(bundle))).toEqual(bundle);
  expect(await restored.bundles.text(sha256Hex(policy))).toBe(policy);
});
