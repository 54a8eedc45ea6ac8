import { mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundleLink, isBundleFolder } from '../files/local-definitions.ts';
import { pathSegments } from '../files/path-segments.ts';
import { ensurePrivateFolder } from '../files/private-file.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import { BundleRefused } from '../ports/definitions/bundle-store.ts';
import type { BundledText } from '../ports/definitions/project-bundle.ts';
import { ownFiles } from './project-bundle.ts';

const bundlesFolder = dirname(bundleLink);

/** Rejects with BundleRefused for the folder of a project: what counted there would not be what stands there. */
export async function refuseProjectFolder(projectDir: string): Promise<void> {
  const there = await readdir(projectDir);
  const own = ownFiles.filter((name) => there.includes(name));
  if (own.length === 0) return;

  throw new BundleRefused(
    'bundle.project-folder',
    `${projectDir} is the folder of a project: it has ${own.join(', ')}, and a bundle would count in place of it`,
    'serve from an empty folder, or without --bundle',
  );
}

/** Rejects with BundleRefused for a folder that was served from a bundle before. */
export function refuseBundleFolder(projectDir: string): void {
  if (!isBundleFolder(projectDir)) return;

  throw new BundleRefused(
    'bundle.folder',
    `${projectDir} was served from a bundle: without --bundle nothing would count here`,
    `serve with --bundle, or remove ${bundlesFolder} first`,
  );
}

/**
 * Puts the files of a bundle where a folder that is served from it reads them. Whoever reads sees those of the bundle
 * before or all of this one, also when the process dies meanwhile.
 */
export async function unpackBundle(
  projectDir: string,
  { hash, files }: { readonly hash: string; readonly files: readonly BundledText[] },
): Promise<void> {
  await ensurePrivateFolder(projectDir);
  const folder = join(bundlesFolder, hash);
  await mkdir(join(projectDir, folder), { recursive: true });
  for (const { path, text } of files) {
    const place = `${folder}/${pathSegments(path).join('/')}`;
    // The same content written anew would be a change for whoever looks after the file.
    const known = await readFile(join(projectDir, place), 'utf8').catch(() => undefined);
    if (known !== text) await writeAtomically({ projectDir, path: place, text });
  }
  const before = await readlink(join(projectDir, bundleLink)).catch(() => undefined);
  if (before !== hash) {
    const next = join(projectDir, bundlesFolder, `.next-${process.pid}`);
    await rm(next, { force: true });
    await symlink(hash, next);
    await rename(next, join(projectDir, bundleLink));
  }
  await removeOthers(join(projectDir, bundlesFolder), [hash, before]);
}

/** The one before stays for whoever has just begun to read it. */
async function removeOthers(folder: string, kept: readonly (string | undefined)[]): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}$/.test(name) && !kept.includes(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
