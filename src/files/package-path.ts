import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A path in the package that this file belongs to, compiled or not. */
export function shippedPath(path: string): string {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', folder)) && folder.pathname !== '/')
    folder = new URL('../', folder);

  return fileURLToPath(new URL(path, folder));
}
