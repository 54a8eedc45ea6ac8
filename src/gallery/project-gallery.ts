import { join } from 'node:path';
import type { IsSigned } from '../../machines/audit/public-key.ts';
import { withFileLock } from '../files/file-lock.ts';
import { ensurePrivateFolder } from '../files/private-file.ts';
import { createLimit } from '../lib/limit.ts';
import {
  type Gallery,
  GalleryRefused,
  type InstalledTemplate,
  type KnownGallery,
} from '../ports/definitions/gallery.ts';
import { type GalleryLock, type LockedTemplate, readLock, writeLock } from './gallery-lock.ts';
import { clonesMax, createGallerySources, type GallerySources, galleryPlace } from './gallery-source.ts';
import { createOfferedTemplates, type FoundTemplate } from './offered-templates.ts';
import { publishTemplate, type TemplatePublishing } from './publish-template.ts';
import { permissionsIn } from './template-content.ts';
import {
  digestsOf,
  editedIn,
  filesIn,
  folderOf,
  refuseEdited,
  replaceFolder,
  sweepFolders,
} from './template-folder.ts';
import { builtIn, indexBytesMax, indexFile, readIndex } from './template-format.ts';

type GalleryOptions = TemplatePublishing & {
  readonly isSigned: IsSigned;
  /** The id of a public key. */
  readonly keyIdOf: (publicKey: string) => string;
  /** What a repository may have at most; 256 MiB unless it is said. */
  readonly repositoryBytesMax?: number | undefined;
};

/** The galleries of a project, and the templates that were installed from them. */
export function createGallery(options: GalleryOptions): Gallery {
  const { projectDir, repositoryBytesMax } = options;
  const alone = oneAtATime(projectDir);
  const fetching = createFetching(options, alone);
  const clones = createLimit(clonesMax);

  async function reading<T>(work: (sources: GallerySources) => Promise<T>): Promise<T> {
    const sources = createGallerySources({ projectDir, clones, repositoryBytesMax });

    return work(sources).finally(sources.close);
  }

  return {
    galleries: async () => {
      const { galleries } = await readLock(projectDir);

      return [{ name: builtIn, kind: 'built-in' }, ...galleries.map(knownGallery)];
    },
    add: (asked) => reading((sources) => alone((lock) => addGallery({ ...options, sources }, lock, asked))),
    forget: (name) =>
      alone(async (lock) => {
        const galleries = lock.galleries.filter((each) => each.name !== name);
        if (galleries.length === lock.galleries.length)
          throw new GalleryRefused('gallery.no-gallery', `no gallery ${name} was added`);
        await writeLock(projectDir, { ...lock, galleries });
      }),
    list: () => reading((sources) => fetching(sources).list()),
    find: (wanted) => reading((sources) => fetching(sources).find(wanted)),
    install: (wanted) => reading((sources) => fetching(sources).install(wanted)),
    during: (work) => reading((sources) => work(fetching(sources))),
    installed: async () => {
      const { templates } = await readLock(projectDir);

      return Promise.all(templates.map((each) => installedOf(projectDir, each)));
    },
    current: async (name) => {
      const files = ((await filesIn(projectDir, name)) ?? []).flatMap(({ path, text }) =>
        text === undefined ? [] : [{ path, text }],
      );

      return { files, permissions: permissionsIn(files) };
    },
    remove: (name) => alone((lock) => removeInstalled(projectDir, lock, name)),
    publish: (asked) => publishTemplate(options, asked),
  };
}

type Alone = <T>(work: (lock: GalleryLock) => Promise<T>) => Promise<T>;

/** One at a time changes the lock file and what it tells of. */
function oneAtATime(projectDir: string): Alone {
  return async (work) => {
    const path = join(await ensurePrivateFolder(projectDir), 'gallery.busy');
    const refusal = (message: string): Error => new GalleryRefused('gallery.busy', message);

    return withFileLock(path, { waitMs: 30_000, refusal }, async () => {
      const lock = await readLock(projectDir);
      await sweepFolders(
        projectDir,
        lock.templates.map(({ name }) => name),
      );

      return work(lock);
    });
  };
}

/** What reads galleries. */
function createFetching(
  options: GalleryOptions,
  alone: Alone,
): (sources: GallerySources) => Pick<Gallery, 'list' | 'find' | 'install'> {
  const { projectDir } = options;
  const offered = createOfferedTemplates(options);

  return (sources) => ({
    list: async () => offered.lines(await readLock(projectDir), sources),
    find: async (wanted) => (await offered.find(await readLock(projectDir), sources, wanted)).details,
    install: (wanted) =>
      alone(async (lock) => {
        const found = await offered.find(lock, sources, wanted);
        if (found.details.sha256 !== wanted.sha256) {
          const { name, version } = found.details;
          throw new GalleryRefused(
            'gallery.changed',
            `${name}@${version} is another one now than was looked at: nothing was installed`,
            { fix: 'look at it again' },
          );
        }

        return installFound(options, lock, found);
      }),
  });
}

function knownGallery({ name, kind, at, key }: GalleryLock['galleries'][number]): KnownGallery {
  return { name, kind, at, key: key.key };
}

async function addGallery(
  { projectDir, cwd, keyIdOf, sources }: GalleryOptions & { readonly sources: GallerySources },
  lock: GalleryLock,
  { at: given, name: wanted, publicKey }: Parameters<Gallery['add']>[0],
): ReturnType<Gallery['add']> {
  const place = galleryPlace(given, { projectDir, cwd });
  const { read } = await sources.open({ name: wanted ?? given, ...place });
  const text = await read(indexFile, indexBytesMax);
  const index = readIndex(text, `${indexFile} of ${given}`);
  const name = wanted ?? index.name;
  if (name === builtIn)
    throw new GalleryRefused('gallery.taken', `the gallery ${builtIn} comes with the program`);
  const before = lock.galleries.find((each) => each.name === name);
  if (before !== undefined && (before.at !== place.at || before.kind !== place.kind)) {
    throw new GalleryRefused('gallery.taken', `there is a gallery ${name} already, at ${before.at}`, {
      fix: 'add it under another name: --name <name>',
    });
  }
  const key = publicKey === undefined ? (before?.key ?? index.key) : { key: keyIdOf(publicKey), publicKey };
  if (keyIdOf(index.key.publicKey) !== index.key.key || index.key.publicKey !== key.publicKey) {
    throw new GalleryRefused(
      'gallery.key-changed',
      `the gallery at ${given} has the key ${index.key.key}, and ${key.key} is expected: it was not added`,
      { fix: 'ask whoever keeps it; if the new key is theirs, add it with --key <its public key>' },
    );
  }
  const added = { name, ...place, key };
  const galleries = [...lock.galleries.filter((each) => each.name !== name), added];
  await writeLock(projectDir, { ...lock, galleries });
  const pinned = publicKey !== undefined ? 'given' : before === undefined ? 'first-use' : 'known';

  return { ...knownGallery(added), pinned };
}

async function installFound(
  options: GalleryOptions,
  lock: GalleryLock,
  { details, template, content }: FoundTemplate,
): Promise<InstalledTemplate> {
  const { projectDir, tryOut } = options;
  const { name, gallery, version, sha256 } = details;
  const files = digestsOf(template.files);
  const before = lock.templates.find((each) => each.name === name);
  if (before !== undefined && before.gallery !== gallery) {
    throw new GalleryRefused(
      'gallery.taken',
      `${name} of the gallery ${before.gallery} is installed already`,
      {
        fix: `workflow gallery remove ${name}`,
      },
    );
  }
  const replaced = { projectDir, name, files: template.files, before: before?.files };
  await refuseEdited(replaced);
  await refuseTaken(options, { name, content });
  await tryOut(template);
  const locked = { name, gallery, version, sha256, files };
  const highest = lock.seen[`${gallery}/${name}`];
  const seen =
    highest !== undefined && highest.version > version
      ? lock.seen
      : { ...lock.seen, [`${gallery}/${name}`]: { version, sha256 } };
  const templates = [...lock.templates.filter((each) => each.name !== name), locked];
  await replaceFolder(replaced, () => writeLock(projectDir, { ...lock, templates, seen }));

  return installedOf(projectDir, locked);
}

/** One name is one definition: what the project has under it already stays what it is. */
async function refuseTaken(
  { definitionFiles }: GalleryOptions,
  { name, content }: { readonly name: string; readonly content: FoundTemplate['content'] },
): Promise<void> {
  const own = `${folderOf(name)}/`;
  const others = (await definitionFiles.list()).filter(
    ({ source, file }) => source === 'project' && !file.startsWith(own),
  );
  for (const { id, hash } of content.loaded) {
    const other = others.find(({ named }) => named?.id === id);
    if (other === undefined || other.loaded?.ref.hash === hash) continue;
    throw new GalleryRefused(
      'gallery.taken',
      `the project has another definition with the id ${id} already, in ${other.file}; nothing was installed`,
      { fix: 'rename that one, or take the template over by hand' },
    );
  }
}

async function removeInstalled(
  projectDir: string,
  lock: GalleryLock,
  name: string,
): Promise<InstalledTemplate> {
  const locked = lock.templates.find((each) => each.name === name);
  if (locked === undefined)
    throw new GalleryRefused('gallery.not-installed', `no template ${name} is installed`, {
      fix: 'workflow gallery list',
    });
  const was = await installedOf(projectDir, locked);
  const templates = lock.templates.filter((each) => each.name !== name);
  await replaceFolder({ projectDir, name, files: [], before: locked.files }, () =>
    writeLock(projectDir, { ...lock, templates }),
  );

  return was;
}

async function installedOf(projectDir: string, locked: LockedTemplate): Promise<InstalledTemplate> {
  const { name, gallery, version, sha256, files } = locked;

  return {
    name,
    gallery,
    version,
    sha256,
    folder: folderOf(name),
    edited: await editedIn(projectDir, name, files),
  };
}
