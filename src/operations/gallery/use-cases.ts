import { z } from 'zod';
import { loadRegistered } from '../../../machines/language/load-definition.ts';
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
      const installed = await gallery.during(async ({ find, install }) => {
        const { files } = await find(wanted);
        for (const { path: file, text } of files)
          if (loadRegistered({ file, text }) !== undefined)
            await refuseUnlessWritable({ authority, workflows }, caller, { file, text });

        return install(wanted);
      });

      return { ...installed, edited: [...installed.edited] };
    },
  ),
} satisfies UseCasesOf<typeof galleryOperations>;
