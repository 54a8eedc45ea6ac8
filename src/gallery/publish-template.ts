import { mkdir, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isAbsent } from '../files/file-failure.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import {
  type Gallery,
  GalleryRefused,
  type PublishedTemplate,
  type TemplateFile,
} from '../ports/definitions/gallery.ts';
import type { DefinitionFile, ProjectDefinitions } from '../ports/definitions/project-definitions.ts';
import { makeTemplate, templateContent } from './template-content.ts';
import {
  builtIn,
  type GalleryIndex,
  galleryText,
  indexFile,
  readIndex,
  type Template,
  templateBytesMax,
  templateDigest,
  templatePath,
} from './template-format.ts';

export type TemplatePublishing = {
  readonly projectDir: string;
  /** What relative folders are relative to. */
  readonly cwd: string;
  readonly definitionFiles: Pick<ProjectDefinitions, 'list' | 'called' | 'at'>;
  /** The templates that come with the program. */
  readonly shipped: () => Promise<readonly Template[]>;
  /** Checks and tests a template where it can do no harm. Rejects with GalleryRefused. */
  readonly tryOut: (template: Template) => Promise<void>;
};

const agentFilesMax = 40;

/** Tests the templates that are asked for, signs them, and puts them into the gallery of a folder. */
export async function publishTemplate(
  options: TemplatePublishing,
  asked: PublishedTemplate,
): ReturnType<Gallery['publish']> {
  const templates =
    asked.definition === builtIn ? await options.shipped() : [await templateOf(options, asked)];
  for (const template of templates) await options.tryOut(template);
  const folder = resolve(options.cwd, asked.to);
  await mkdir(folder, { recursive: true });
  const published: Awaited<ReturnType<Gallery['publish']>>[number][] = [];
  for (const template of templates)
    published.push(await putIntoGallery(await realpath(folder), template, asked));

  return published;
}

async function templateOf(
  { projectDir, cwd, definitionFiles }: TemplatePublishing,
  { definition, agents, docs }: PublishedTemplate,
): Promise<Template> {
  const known = (await definitionFiles.list()).filter(({ source }) => source === 'project');
  const main = await namedMain(definitionFiles, definition);

  return makeTemplate({
    ...{ main, known },
    pathOf: ({ file }) => join(projectDir, file),
    docs: docs === undefined ? undefined : await readFile(resolve(cwd, docs), 'utf8'),
    agents: agents === undefined ? [] : await programsIn(resolve(cwd, agents)),
  });
}

async function namedMain(
  files: TemplatePublishing['definitionFiles'],
  name: string,
): Promise<DefinitionFile> {
  const called = (await files.called(name)).filter(({ source }) => source === 'project');
  const found = called.length === 0 ? await files.at(name) : called[0];
  if (found !== undefined && called.length <= 1) return found;
  const message =
    found === undefined
      ? `no definition of the project is called ${name}`
      : `${name} is in ${called.length} files: ${called.map(({ file }) => file).join(', ')}`;

  throw new GalleryRefused('gallery.no-definition', message, {
    fix: 'name its file, relative to the project',
  });
}

async function programsIn(folder: string): Promise<readonly TemplateFile[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  const names = entries.map(({ name }) => name).filter((name) => !name.startsWith('.'));
  if (names.length > agentFilesMax) {
    throw new GalleryRefused(
      'gallery.too-large',
      `${folder} holds ${names.length} files, more than ${agentFilesMax}`,
    );
  }

  return Promise.all(
    names
      .sort()
      .map(async (name) => ({ path: `agents/${name}`, text: await readFile(join(folder, name), 'utf8') })),
  );
}

type Signer = Pick<PublishedTemplate, 'key' | 'sign'>;

/** Puts a signed template into a folder, and its line into the index. A version that is there is never replaced. */
export async function putIntoGallery(
  folder: string,
  template: Template,
  { key, sign }: Signer,
): Promise<Awaited<ReturnType<Gallery['publish']>>[number]> {
  const { loaded: _, ...told } = templateContent(template);
  const sha256 = templateDigest(template);
  const index = await indexIn(folder, key);
  const line = lineWith(index, template, { ...told, sha256 });
  const signed = { format: '3ox-template/1', key: key.key, signature: await sign(sha256), template } as const;
  const text = galleryText({ ...signed, template: { ...template, files: [...template.files] } });
  const shown = `${template.name}@${template.version}`;
  if (Buffer.byteLength(text) > templateBytesMax)
    throw new GalleryRefused('gallery.too-large', `${shown} has more than ${templateBytesMax} bytes`);
  const path = templatePath(template.name, template.version);
  const templates = [...index.templates.filter(({ name }) => name !== template.name), line];
  templates.sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeAtomically({ projectDir: folder, path, text });
  // The index comes last: what it names is there.
  await writeAtomically({ projectDir: folder, path: indexFile, text: galleryText({ ...index, templates }) });

  return {
    ...{ ...told, ...line, gallery: index.name, version: template.version, sha256, signedBy: key.key },
    versions: line.versions.map(({ version }) => version),
    files: template.files,
    file: join(folder, path),
  };
}

/** The line of a template in an index, with one version more. Throws GalleryRefused. */
function lineWith(
  { templates }: GalleryIndex,
  { name, version }: Template,
  { title, description, sha256 }: { title: string; description: string; sha256: string },
): GalleryIndex['templates'][number] {
  const before = templates.find((each) => each.name === name)?.versions ?? [];
  const same = before.find((each) => each.version === version);
  if (same !== undefined && same.sha256 !== sha256) {
    throw new GalleryRefused(
      'gallery.version-exists',
      `${name}@${version} was published with another content, and a version never changes`,
      { fix: 'give the definition the next version' },
    );
  }
  const versions = [...before.filter((each) => each !== same), { version, sha256 }];

  return {
    name,
    title: title.slice(0, 200),
    description: description.trim().slice(0, 4_000),
    versions: versions.sort((a, b) => b.version - a.version),
  };
}

async function indexIn(folder: string, key: Signer['key']): Promise<GalleryIndex> {
  const path = join(folder, indexFile);
  try {
    await stat(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return { format: '3ox-gallery/1', name: nameOf(folder), key: { ...key }, templates: [] };
  }
  const index = readIndex(await readFile(path, 'utf8'), path);
  if (index.key.key === key.key) return index;

  throw new GalleryRefused(
    'gallery.other-key',
    `${path} is a gallery with the key ${index.key.key}, and your key is ${key.key}: nothing was published`,
    { fix: 'publish with the key of the gallery, or begin another one in another folder' },
  );
}

function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63);

  return name === '' ? 'gallery' : name;
}
