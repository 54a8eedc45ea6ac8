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
import { GalleryRefused, type TemplateFile } from '../ports/definitions/gallery.ts';

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

type FoundFile = { readonly path: string; readonly text: string | undefined };

/** The files of the folder as they are now; undefined where there is no folder. What is no plain file has no text. */
export async function filesIn(projectDir: string, name: string): Promise<readonly FoundFile[] | undefined> {
  return filesBelow(await resolveInProject(projectDir, folderOf(name)));
}

async function filesBelow(folder: string): Promise<readonly FoundFile[] | undefined> {
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
  return editedOf((await filesIn(projectDir, name)) ?? [], digests);
}

function editedOf(found: readonly FoundFile[], digests: readonly InstalledFile[]): readonly string[] {
  const paths = new Set(found.map(({ path }) => path));
  const known = new Map(digests.map(({ path, sha256 }) => [path, sha256]));
  const changed = found.filter(({ path, text }) => text === undefined || known.get(path) !== sha256Hex(text));
  const gone = digests.map(({ path }) => path).filter((path) => !paths.has(path));

  return [...changed.map(({ path }) => path), ...gone].sort();
}

type Replaced = {
  readonly projectDir: string;
  readonly name: string;
  /** What is put there; the folder is only removed where it is empty. */
  readonly files: readonly TemplateFile[];
  /** What was installed before. */
  readonly before: readonly InstalledFile[] | undefined;
};

/**
 * Throws GalleryRefused where somebody edited the folder. One that is not there was not edited, and neither was one
 * that holds just what is to be put there: a process that was killed had got that far.
 */
export async function refuseEdited({ projectDir, ...replaced }: Replaced): Promise<void> {
  refuseUnlessOurs(await filesIn(projectDir, replaced.name), replaced);
}

function refuseUnlessOurs(
  found: readonly FoundFile[] | undefined,
  { name, files, before }: Omit<Replaced, 'projectDir'>,
): void {
  if (found === undefined) return;
  const wanted = digestsOf(files);
  const edited = editedOf(found, before ?? wanted);
  if (edited.length === 0 || editedOf(found, wanted).length === 0) return;

  throw new GalleryRefused(
    'gallery.edited',
    `${edited.length} files of ${folderOf(name)} are not as they were installed, and stay as they are: ${edited.join(', ')}`,
    { fix: 'move what you changed to a folder and an id of its own, or take the change back' },
  );
}

/**
 * Puts files in the place of the folder, and then does `afterwards`. Where anything fails, or somebody edited what is
 * there, what was there before is there again. Rejects with GalleryRefused.
 */
export async function replaceFolder(replaced: Replaced, afterwards: () => Promise<void>): Promise<void> {
  const { projectDir, name, files } = replaced;
  const id = randomUUID().slice(0, 8);
  // What begins with a dot is never looked at for definitions.
  const [making, old] = [`${parent}/.new-${id}`, `${parent}/.old-${name}.${id}`];
  try {
    for (const { path, text } of files)
      await writeAtomically({ projectDir, path: `${making}/${path}`, text });
    await swapped(replaced, { old, making: files.length === 0 ? undefined : making }, afterwards);
    await cleared(projectDir, old);
  } finally {
    await cleared(projectDir, making);
  }
}

async function swapped(
  { projectDir, ...replaced }: Replaced,
  { old, making }: { readonly old: string; readonly making: string | undefined },
  afterwards: () => Promise<void>,
): Promise<void> {
  await createFolder({ projectDir, path: parent });
  const at = await placeIn(projectDir);
  const target = at(folderOf(replaced.name));
  const wasThere = await moved(target, at(old));
  let isPlaced = false;
  try {
    // Whoever opens a file by its path does not find it any more: nobody edits it from here on.
    if (wasThere) refuseUnlessOurs(await filesBelow(at(old)), replaced);
    if (making !== undefined) isPlaced = await moved(at(making), target);
    await afterwards();
  } catch (error) {
    if (isPlaced) await rm(target, { recursive: true, force: true });
    if (wasThere) await rename(at(old), target);
    throw error;
  }
}

/**
 * Ends what a process that was killed left half done: a folder that it took away and put nothing in the place of is put
 * back, all else of it goes. Only whoever holds the lock of the gallery may do this.
 */
export async function sweepFolders(projectDir: string, installed: readonly string[]): Promise<void> {
  const at = await placeIn(projectDir);
  const left = await readdir(at(parent)).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  for (const each of left) {
    const [isOurs, name = ''] = /^\.(?:new-|old-(?:(.+)\.)?)[0-9a-f]{8}$/.exec(each) ?? [];
    if (isOurs === undefined) continue;
    if (installed.includes(name) && (await filesIn(projectDir, name)) === undefined)
      await moved(at(`${parent}/${each}`), at(folderOf(name)));
    else await cleared(projectDir, `${parent}/${each}`);
  }
}

/** The real path of what stands in the folder of all templates. */
async function placeIn(projectDir: string): Promise<(path: string) => string> {
  const real = await resolveInProject(projectDir, parent);

  return (path) => join(real, path.slice(parent.length + 1));
}

/** Whether there was anything to move. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);

    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
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
