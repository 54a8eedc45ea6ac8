import { z } from 'zod';
import {
  GalleryList,
  GalleryTemplate,
  GalleryTemplateNamed,
  InstallRequest,
  TemplateInstalled,
} from '../../api/gallery.ts';
import type { galleryOperations } from '../../api/operations/gallery.ts';
import { refuseUnlessAllowed, refuseUnlessWritable } from '../authorize.ts';
import { type UseCasesOf, useCase } from '../use-case.ts';

export const galleryUseCases = {
  list: useCase(z.object({}), GalleryList, async ({ gallery }) => {
    const { templates, problems } = await gallery.list();

    return {
      templates: templates.map((each) => ({ ...each, versions: [...each.versions] })),
      problems: [...problems],
    };
  }),
  show: useCase(GalleryTemplateNamed, GalleryTemplate, async ({ gallery }, wanted) => {
    const { permissions, ...found } = await gallery.find(wanted);
    const copied = Object.entries(permissions).map(([kind, texts]) => [kind, [...texts]]);

    return {
      ...{
        ...found,
        versions: [...found.versions],
        definitions: [...found.definitions],
        files: [...found.files],
      },
      permissions: Object.fromEntries(copied) as GalleryTemplate['permissions'],
    };
  }),
  install: useCase(
    InstallRequest.extend({ name: z.string().min(1).max(100) }),
    TemplateInstalled,
    async ({ gallery, authority, workflows }, wanted, caller) => {
      refuseUnlessAllowed(authority, caller, { kind: 'define', definition: wanted.name });
      const { files } = await gallery.find(wanted);
      for (const { path, text } of files)
        if (/\.ya?ml$/.test(path))
          await refuseUnlessWritable({ authority, workflows }, caller, { file: path, text });
      const installed = await gallery.install(wanted);

      return { ...installed, edited: [...installed.edited] };
    },
  ),
} satisfies UseCasesOf<typeof galleryOperations>;
