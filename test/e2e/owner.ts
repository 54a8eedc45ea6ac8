// What a program of whoever owns a project sends to its engine.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

type OwnerHeaders = { readonly authorization: string };

/** The header that the engine of the project lets its owner in by. There once it has said where it answers. */
export async function ownerHeaders(project: string): Promise<OwnerHeaders> {
  const text = await readFile(join(project, '.3ox', 'owner.header'), 'utf8');

  return { authorization: text.trim().replace('Authorization: ', '') };
}
