import { z } from 'zod';
import { createFolder } from '../files/anchored-folder.ts';
import { defineAction } from './action.ts';

const Input = z.strictObject({
  folder: z.string().min(1),
  subfolders: z.array(z.string().min(1)).max(1000).default([]),
});

/** `folders.create`: a folder of the project and folders in it. Those that are there already are left as they are. */
export const foldersCreate = defineAction(
  'folders.create',
  { input: Input, outputs: { folder: 'text', folders: 'list' }, errors: [] },
  async ({ projectDir }, { folder, subfolders }) => {
    const paths = [folder, ...subfolders.map((each) => `${folder}/${each}`)];
    const folders: string[] = [];
    for (const path of paths) folders.push(await createFolder({ projectDir, path }));

    return { folder: folders[0] ?? folder, folders };
  },
);
