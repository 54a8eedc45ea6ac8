// The two documents of a gallery: its index, and a template with its signature. Both are JSON, so that there is nothing
// to unpack: no links, no modes, and no more bytes than were read.
import { z } from 'zod';
import { canonicalJson } from '../../events/canonical-json.ts';
import type { IsSigned } from '../../machines/audit/public-key.ts';
import { sha256Hex } from '../../machines/hash.ts';
import { pathSegments } from '../files/path-segments.ts';
import { messageOf } from '../lib/text.ts';
import { GalleryRefused, type TemplateFile } from '../ports/definitions/gallery.ts';

/** The gallery that comes with the program: nobody has to add it, and the program itself vouches for it. */
export const builtIn = 'built-in';

export const indexFile = 'gallery.json';
export const indexBytesMax = 1024 * 1024;
export const templateBytesMax = 2 * 1024 * 1024;
const filesMax = 64;
const fileBytesMax = 512 * 1024;
const segmentsMax = 4;

/** The name of a template or of a gallery: it becomes that of a folder and of a file. */
const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, { error: 'expected small letters, digits, _ and -' });
const Version = z.int().min(1).max(999_999_999);
const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const KeyId = z.string().regex(/^[0-9a-f]{16}$/);

const GalleryIndex = z.strictObject({
  format: z.literal('3ox-gallery/1'),
  name: Name,
  key: z.strictObject({ key: KeyId, publicKey: Digest }),
  templates: z
    .array(
      z.strictObject({
        name: Name,
        title: z.string().max(200),
        description: z.string().max(4_000),
        versions: z
          .array(z.strictObject({ version: Version, sha256: Digest }))
          .min(1)
          .max(1_000),
      }),
    )
    .max(2_000),
});
export type GalleryIndex = z.output<typeof GalleryIndex>;

const SignedTemplate = z.strictObject({
  format: z.literal('3ox-template/1'),
  key: KeyId,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
  template: z.strictObject({
    name: Name,
    version: Version,
    files: z
      .array(z.strictObject({ path: z.string(), text: z.string().max(fileBytesMax) }))
      .min(1)
      .max(filesMax),
  }),
});
export type SignedTemplate = z.output<typeof SignedTemplate>;

/** What is signed: the definition that a template is called after stands in `<name>.yaml`. */
export type Template = {
  readonly name: string;
  readonly version: number;
  readonly files: readonly TemplateFile[];
};

/** Where a version stands in its gallery: nothing that an index says leads anywhere else. */
export function templatePath(name: string, version: number): string {
  return `${name}/${version}.json`;
}

/** The digest that is signed. It begins with the format, so that no signature of anything else fits. */
export function templateDigest({ name, version, files }: Template): string {
  return sha256Hex(`3ox-template/1\n${canonicalJson({ name, version, files })}`);
}

/** Reads an index. Throws GalleryRefused. */
export function readIndex(text: string, shown: string): GalleryIndex {
  return parsed(GalleryIndex, text, { shown, code: 'gallery.bad-index' });
}

type Expected = {
  readonly name: string;
  readonly version: number;
  readonly sha256: string;
  readonly key: { readonly key: string; readonly publicKey: string };
  readonly isSigned: IsSigned;
};

/** Reads a template and verifies it. Throws GalleryRefused, before anything in it is looked at further. */
export function readTemplate(text: string, shown: string, expected: Expected): Template {
  const signed = parsed(SignedTemplate, text, { shown, code: 'gallery.bad-template' });
  const { template, key, signature } = signed;
  if (key !== expected.key.key) {
    throw new GalleryRefused(
      'gallery.other-key',
      `${shown} is signed with key ${key}, and the gallery has key ${expected.key.key}`,
    );
  }
  const digest = templateDigest(template);
  if (!expected.isSigned({ publicKey: expected.key.publicKey, digest, signature })) {
    throw new GalleryRefused(
      'gallery.bad-signature',
      `the signature of ${shown} does not fit: it was edited after key ${key} signed it, or something else was signed`,
    );
  }
  if (template.name !== expected.name || template.version !== expected.version) {
    throw new GalleryRefused(
      'gallery.other-template',
      `${shown} holds ${template.name}@${template.version} in place of ${expected.name}@${expected.version}`,
    );
  }
  if (digest !== expected.sha256) {
    throw new GalleryRefused(
      'gallery.changed',
      `${template.name}@${template.version} has the digest ${digest}, and ${expected.sha256} was expected: ` +
        'a version that was published was replaced',
      { fix: 'ask whoever keeps the gallery; a change is published as another version' },
    );
  }
  refuseBadPaths(template, shown);

  return template;
}

/** Paths that could leave the folder of the template, hide in it, or mean the same file. Throws GalleryRefused. */
export function refuseBadPaths({ name, files }: Template, shown: string): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    const bad = whyBad(path) ?? (seen.has(path.toLowerCase()) ? 'it is there twice' : undefined);
    if (bad !== undefined) {
      throw new GalleryRefused('gallery.bad-path', `${shown} holds the path ${JSON.stringify(path)}: ${bad}`);
    }
    seen.add(path.toLowerCase());
  }
  if (!seen.has(`${name}.yaml`))
    throw new GalleryRefused('gallery.bad-template', `${shown} holds no ${name}.yaml`);
}

function whyBad(path: string): string | undefined {
  if (!/^[\w@+-][\w@+.-]*(?:\/[\w@+-][\w@+.-]*)*$/.test(path))
    return 'expected letters, digits, _ - . @ + and "/" between folders, and no name that begins with a dot';
  if (path.split('/').length > segmentsMax) return `it is deeper than ${segmentsMax} folders`;
  try {
    pathSegments(path);

    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function parsed<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  { shown, code }: { readonly shown: string; readonly code: `gallery.${string}` },
): z.output<Schema> {
  const checked = schema.safeParse(jsonOf(text));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const where = issue?.path.join('.') || 'the whole';

  throw new GalleryRefused(code, `${shown} cannot be read: ${where}: ${issue?.message ?? 'invalid'}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text of a document of a gallery: one line for each member, so that version control shows what changed. */
export function galleryText(document: GalleryIndex | SignedTemplate): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
