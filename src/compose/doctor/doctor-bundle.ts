import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../../machines/hash.ts';
import type { DoctorLine } from '../../cli/app.ts';
import { bundleLink } from '../../files/local-definitions.ts';
import type { BundleStore } from '../../ports/definitions/bundle-store.ts';
import { createProjectBundle } from '../../project/project-bundle.ts';

const name = 'bundle';

/** Which bundle is current, and whether what is served from this folder is that; nothing where none was published. */
export async function bundleLines(bundles: BundleStore, projectDir: string): Promise<readonly DoctorLine[]> {
  const current = await bundles.current();
  if (current === undefined) return [];
  const { hash, by, at } = current;
  const bundle = await bundles.find(hash);
  const said = `${hash.slice(0, 12)} is current, published by ${by} at ${at}`;
  if (bundle === undefined)
    return [
      {
        ...{ name, status: 'fail', code: 'bundle.unreadable', detail: `${said}; it is not stored as it was` },
        fix: 'publish it again from the folder of the project: workflow definitions publish',
      },
    ];
  const served = await readlink(join(projectDir, bundleLink)).catch(() => undefined);
  const differs =
    served === undefined
      ? await differingFiles(projectDir, bundle.files)
      : served === hash
        ? undefined
        : `this folder is served from ${served.slice(0, 12)}`;
  if (differs === undefined) return [{ name, status: 'ok', detail: said }];
  const detail = `${said}; ${differs}: engines of the namespace go by different ones`;

  return [{ name, status: 'warn', code: 'bundle.mixed', detail, fix: 'workflow bundles list' }];
}

/** How the settings of a project are not those of the bundle. Definitions count for all engines alike. */
async function differingFiles(
  projectDir: string,
  files: readonly { readonly path: string; readonly sha256: string }[],
): Promise<string | undefined> {
  const project = createProjectBundle({ projectDir, secrets: () => ({}) });
  const found = await project.settings().catch(() => undefined);
  const own = new Map(found?.map(({ path, text }) => [path, sha256Hex(text)]));
  const bundled = new Map(files.map(({ path, sha256 }) => [path, sha256]));
  const settings = [...bundled.keys()].filter((path) => !path.includes('/') && path.endsWith('.yaml'));
  const all = [...new Set([...own.keys(), ...settings])].sort();
  const differing = all.filter((path) => own.get(path) !== bundled.get(path));
  if (own.size === 0 || differing.length === 0) return undefined;

  return `${differing.join(', ')} of this folder ${differing.length === 1 ? 'is' : 'are'} not what it holds`;
}
