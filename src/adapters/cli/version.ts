import { existsSync, readFileSync } from 'node:fs';

/** The version in the package.json that this file belongs to, compiled or not. */
export function versionText(): string {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', folder)) && folder.pathname !== '/')
    folder = new URL('../', folder);
  const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
    version: string;
  };

  return version;
}
