// The folder of an installed template. All that is written for a template stands in it, and it takes the place of the
// one before in one step.
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { sha256Hex } from '../../machines/hash.ts';
import { createFolder } from '../files/anchored-folder.ts';
import { isAbsent } from '../files/file-failure.ts';
import { resolveInProject } from '../files/project-path.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import type { TemplateFile } from '../ports/definitions/gallery.ts';

const parent = 'definitions/gallery';
const entriesMax = 1_000;

/** Where a template stands in its project. */
export function folderOf(name: string): string {
  return `${parent}/${name}`;
}

type InstalledFile = { readonly path: string; readonly sha256: string };

/** The digests of files. */
export function digestsOf(files: readonly TemplateFile[]): InstalledFile[] {
  return files.map(({ path, text }) => ({ path, sha256: sha256Hex(text) }));
}

/** The files of the folder as they are now; undefined where there is no folder. What is no plain file has no text. */
export async function filesIn(
  projectDir: string,
  name: string,
): Promise<readonly { readonly path: string; readonly text: string | undefined }[] | undefined> {
  const folder = await resolveInProject(projectDir, folderOf(name));
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });

    return await Promise.all(
      entries
        .filter((entry) => !entry.isDirectory())
        .slice(0, entriesMax)
        .map(async (entry) => {
          const at = join(entry.parentPath, entry.name);
          const path = relative(folder, at).split(sep).join('/');
          return { path, text: entry.isFile() ? await readFile(at, 'utf8') : undefined };
        }),
    );
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The paths in the folder that are not as they were installed: edited, gone, or added. */
export async function editedIn(
  projectDir: string,
  name: string,
  digests: readonly InstalledFile[],
): Promise<readonly string[]> {
  const found = (await filesIn(projectDir, name)) ?? [];
  const paths = new Set(found.map(({ path }) => path));
  const known = new Map(digests.map(({ path, sha256 }) => [path, sha256]));
  const changed = found.filter(({ path, text }) => text === undefined || known.get(path) !== sha256Hex(text));
  const gone = digests.map(({ path }) => path).filter((path) => !paths.has(path));

  return [...changed.map(({ path }) => path), ...gone].sort();
}

/**
 * Puts files in the place of the folder, and then does `afterwards`. Where anything fails, what was there before is
 * there again.
 */
export async function replaceFolder(
  { projectDir, name, files }: { projectDir: string; name: string; files: readonly TemplateFile[] },
  afterwards: () => Promise<void>,
): Promise<void> {
  const id = randomUUID().slice(0, 8);
  // What begins with a dot is never looked at for definitions.
  const [making, before] = [`${parent}/.new-${id}`, `${parent}/.old-${id}`];
  try {
    for (const { path, text } of files)
      await writeAtomically({ projectDir, path: `${making}/${path}`, text });
    await swapped(projectDir, { name, before, making: files.length === 0 ? undefined : making }, afterwards);
  } finally {
    for (const each of [making, before]) await cleared(projectDir, each);
  }
}

async function swapped(
  projectDir: string,
  { name, before, making }: { name: string; before: string; making: string | undefined },
  afterwards: () => Promise<void>,
): Promise<void> {
  await createFolder({ projectDir, path: parent });
  const at = async (path: string): Promise<string> =>
    join(await resolveInProject(projectDir, parent), path.slice(parent.length + 1));
  const target = await at(folderOf(name));
  const wasThere = await rename(target, await at(before)).then(
    () => true,
    (error: unknown) => {
      if (isAbsent(error)) return false;
      throw error;
    },
  );
  try {
    if (making !== undefined) await rename(await at(making), target);
    await afterwards();
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    if (wasThere) await rename(await at(before), target);
    throw error;
  }
}

/** Removes what is ours and no link, as far as it goes: what is left over counts for nothing. */
async function cleared(projectDir: string, path: string): Promise<void> {
  try {
    await rm(await resolveInProject(projectDir, path), { recursive: true, force: true });
  } catch {
    // It begins with a dot, and nobody looks at it.
  }
}
