// What galleries offer: their indexes, and single versions of templates, verified against the key that was pinned.
import type { IsSigned } from '../../machines/audit/public-key.ts';
import { once } from '../lib/once.ts';
import { codeOf, messageOf } from '../lib/text.ts';
import {
  GalleryRefused,
  type TemplateDetails,
  type TemplateLine,
  type WantedTemplate,
} from '../ports/definitions/gallery.ts';
import type { GalleryLock } from './gallery-lock.ts';
import type { GallerySources } from './gallery-source.ts';
import { type TemplateContent, templateContent } from './template-content.ts';
import {
  builtIn,
  type GalleryIndex,
  indexBytesMax,
  indexFile,
  readIndex,
  readTemplate,
  type Template,
  templateBytesMax,
  templateDigest,
  templatePath,
} from './template-format.ts';

type LockedGallery = GalleryLock['galleries'][number];

/** A line of a list, with what its index says of each version. */
type Offer = Omit<TemplateLine, 'versions' | 'installed'> & {
  readonly offered: GalleryIndex['templates'][number]['versions'];
};

export type FoundTemplate = {
  readonly details: TemplateDetails;
  readonly template: Template;
  readonly content: TemplateContent;
};

export type OfferedTemplates = {
  readonly lines: (
    lock: GalleryLock,
    sources: GallerySources,
  ) => Promise<{
    readonly templates: readonly TemplateLine[];
    readonly problems: readonly {
      readonly gallery: string;
      readonly code: string;
      readonly message: string;
    }[];
  }>;
  readonly find: (
    lock: GalleryLock,
    sources: GallerySources,
    wanted: WantedTemplate,
  ) => Promise<FoundTemplate>;
};

type Options = {
  readonly isSigned: IsSigned;
  /** The templates that come with the program. */
  readonly shipped: () => Promise<readonly Template[]>;
};

export function createOfferedTemplates({ isSigned, shipped }: Options): OfferedTemplates {
  async function offersOf(gallery: LockedGallery, sources: GallerySources): Promise<readonly Offer[]> {
    const { read } = await sources.open(gallery);
    const index = await readGalleryIndex(read, gallery);

    return index.templates.map((each) => offer(gallery.name, each));
  }

  // They do not change while the program runs, and reading them all takes its time.
  const shippedOffers = once(
    async (): Promise<readonly Offer[]> =>
      (await shipped()).map((template) => {
        const { name, version } = template;
        const { title, description } = templateContent(template);
        const versions = [{ version, sha256: templateDigest(template) }];

        return offer(builtIn, { name, title, description, versions });
      }),
  );

  /** Those of all galleries, or of one; a gallery that cannot be read does not keep others from being looked at. */
  async function offers({ galleries }: GalleryLock, sources: GallerySources, only?: string) {
    const asked = [
      { name: builtIn, offers: shippedOffers },
      ...galleries.map((each) => ({ name: each.name, offers: () => offersOf(each, sources) })),
    ].filter(({ name }) => only === undefined || name === only);
    const problems: { gallery: string; code: string; message: string }[] = [];
    const found = await Promise.all(
      asked.map(async (each) => {
        try {
          return await each.offers();
        } catch (error) {
          const code = codeOf(error) ?? 'gallery.unreadable';
          problems.push({ gallery: each.name, code, message: messageOf(error) });
          return [];
        }
      }),
    );
    if (asked.length === 0) throw noGallery(only ?? '', galleries);

    return { found: found.flat(), problems };
  }

  async function fetched(
    { lock, sources }: { readonly lock: GalleryLock; readonly sources: GallerySources },
    { gallery, name }: Offer,
    version: OfferedVersion,
  ): Promise<Template> {
    if (gallery === builtIn) {
      const template = (await shipped()).find((each) => each.name === name);
      if (template === undefined) throw noTemplate({ name }, []);
      return template;
    }
    const locked = lock.galleries.find((each) => each.name === gallery);
    if (locked === undefined) throw noGallery(gallery, lock.galleries);
    const { read } = await sources.open(locked);
    const path = templatePath(name, version.version);
    const text = await read(path, templateBytesMax);

    return readTemplate(text, `${path} of the gallery ${gallery}`, {
      ...{ name, ...version, key: locked.key, isSigned },
    });
  }

  return {
    lines: async (lock, sources) => {
      const { found, problems } = await offers(lock, sources);

      return { templates: found.map((each) => lineOf(each, lock)), problems };
    },
    find: async (lock, sources, wanted) => {
      const from = wanted.gallery ?? lock.templates.find(({ name }) => name === wanted.name)?.gallery;
      const { found, problems } = await offers(lock, sources, from);
      const one = chosen(found, wanted, problems);
      const version = versionOf(one, wanted, lock);
      const template = await fetched({ lock, sources }, one, version);
      const { loaded, ...told } = templateContent(template);
      const key = lock.galleries.find(({ name }) => name === one.gallery)?.key.key;
      const details = {
        ...lineOf(one, lock),
        ...told,
        version: version.version,
        sha256: version.sha256,
        ...(key === undefined ? {} : { signedBy: key }),
        files: template.files,
      };

      return { details, template, content: { ...told, loaded } };
    },
  };
}

type OfferedVersion = Offer['offered'][number];

function offer(
  gallery: string,
  { name, title, description, versions }: GalleryIndex['templates'][number],
): Offer {
  const offered = [...versions].sort((a, b) => b.version - a.version);

  return { gallery, name, title, description, offered, version: offered[0]?.version ?? 0 };
}

/** The index of a gallery, which has to name the key that was pinned. Rejects with GalleryRefused. */
async function readGalleryIndex(
  read: (path: string, bytesMax: number) => Promise<string>,
  { name, key }: Pick<LockedGallery, 'name' | 'key'>,
): Promise<GalleryIndex> {
  const index = readIndex(await read(indexFile, indexBytesMax), `${indexFile} of the gallery ${name}`);
  if (index.key.key === key.key && index.key.publicKey === key.publicKey) return index;

  throw new GalleryRefused(
    'gallery.key-changed',
    `the gallery ${name} has the key ${index.key.key} now, and ${key.key} was pinned when it was added: nothing of it is used`,
    {
      fix: 'ask whoever keeps it; if the new key is theirs, add the gallery again with --key <its public key>',
    },
  );
}

function lineOf({ offered, ...line }: Offer, { templates }: GalleryLock): TemplateLine {
  const installed = templates.find(({ name, gallery }) => name === line.name && gallery === line.gallery);

  return {
    ...line,
    versions: offered.map(({ version }) => version),
    ...(installed === undefined ? {} : { installed: installed.version }),
  };
}

function chosen(
  found: readonly Offer[],
  wanted: WantedTemplate,
  problems: readonly { readonly code: string; readonly message: string }[],
): Offer {
  const fitting = found.filter(({ name }) => name === wanted.name);
  const [one, other] = fitting;
  if (one !== undefined && other === undefined) return one;
  if (one !== undefined) {
    const galleries = fitting.map(({ gallery }) => gallery);
    throw new GalleryRefused(
      'gallery.ambiguous',
      `${wanted.name} is in ${galleries.length} galleries: ${galleries.join(', ')}`,
      { fix: `say which one: --gallery ${galleries[0] ?? ''}` },
    );
  }
  const [problem] = problems;
  if (problem !== undefined) throw new GalleryRefused(codeIn(problem.code), problem.message);

  throw noTemplate(wanted, found);
}

function codeIn(code: string): `gallery.${string}` {
  return code.startsWith('gallery.') ? (code as `gallery.${string}`) : 'gallery.unreadable';
}

/** The version that is meant. A gallery that went back behind what was installed is not followed unasked. */
function versionOf(
  { gallery, name, offered }: Offer,
  wanted: WantedTemplate,
  { seen }: GalleryLock,
): OfferedVersion {
  const [latest] = offered;
  const one =
    wanted.version === undefined ? latest : offered.find(({ version }) => version === wanted.version);
  if (one === undefined) {
    const there = offered.map(({ version }) => version).join(', ');
    throw new GalleryRefused(
      'gallery.no-template',
      `the gallery ${gallery} has no ${name}@${wanted.version}; it has ${there}`,
    );
  }
  const before = seen[`${gallery}/${name}`];
  if (before === undefined) return one;
  if (wanted.version === undefined && one.version < before.version) {
    throw new GalleryRefused(
      'gallery.downgrade',
      `the gallery ${gallery} has ${name}@${one.version} as its latest, and ${before.version} was installed before: ` +
        'it was put back, by its keeper or by somebody else',
      { fix: `if you mean the older one, name it: ${name}@${one.version}` },
    );
  }
  if (one.version === before.version && one.sha256 !== before.sha256) {
    throw new GalleryRefused(
      'gallery.changed',
      `${name}@${one.version} of the gallery ${gallery} is another one than was installed before: a version that was ` +
        'published was replaced',
      { fix: 'ask whoever keeps the gallery; a change is published as another version' },
    );
  }

  return one;
}

function noGallery(name: string, galleries: readonly { readonly name: string }[]): GalleryRefused {
  const there = [builtIn, ...galleries.map((each) => each.name)].join(', ');

  return new GalleryRefused('gallery.no-gallery', `no gallery ${name} was added; there is ${there}`, {
    fix: 'workflow gallery add <folder|git|url>',
  });
}

function noTemplate({ name }: WantedTemplate, found: readonly Offer[]): GalleryRefused {
  return new GalleryRefused(
    'gallery.no-template',
    `no template is called ${name}, of ${found.length} that there are`,
    {
      fix: 'workflow gallery search <words>',
    },
  );
}
