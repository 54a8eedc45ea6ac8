import { z } from 'zod';

const texts = z.array(z.string());

const TemplateLine = z.object({
  gallery: z.string(),
  name: z.string(),
  /** The latest. */
  version: z.int(),
  versions: z.array(z.int()),
  title: z.string(),
  description: z.string(),
  /** The version that the project has. */
  installed: z.int().optional(),
});

export const GalleryList = z.object({
  templates: z.array(TemplateLine),
  /** Galleries that cannot be read now, or are not to be trusted any more. */
  problems: z.array(z.object({ gallery: z.string(), code: z.string(), message: z.string() })),
});
export type GalleryList = z.output<typeof GalleryList>;

export const GalleryTemplateNamed = z.strictObject({
  name: z.string().min(1).max(100),
  version: z.coerce.number().int().min(1).optional(),
  gallery: z.string().max(100).optional(),
});
export type GalleryTemplateNamed = z.input<typeof GalleryTemplateNamed>;

/** One version of a template, verified, with what it may do as its definitions say it. */
export const GalleryTemplate = TemplateLine.extend({
  /** What is agreed to when it is installed. */
  sha256: z.string(),
  signedBy: z.string().optional(),
  docs: z.string(),
  definitions: texts,
  tests: z.int(),
  files: z.array(z.object({ path: z.string(), text: z.string() })),
  permissions: z.object({
    commands: texts,
    hosts: texts,
    files: texts,
    actions: texts,
    workflows: texts,
    stations: texts,
    events: texts,
    triggers: texts,
    secrets: texts,
    agents: texts,
    skills: texts,
  }),
});
export type GalleryTemplate = z.output<typeof GalleryTemplate>;

export const InstallRequest = z.strictObject({
  version: z.int().min(1),
  gallery: z.string().min(1).max(100),
  /** Of what was looked at: another content is refused. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type InstallRequest = z.input<typeof InstallRequest>;

export const TemplateInstalled = z.object({
  name: z.string(),
  gallery: z.string(),
  version: z.int(),
  sha256: z.string(),
  /** Where it is in the project. */
  folder: z.string(),
  edited: texts,
});
export type TemplateInstalled = z.output<typeof TemplateInstalled>;
