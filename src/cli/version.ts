import { readFileSync } from 'node:fs';
import { shippedPath } from '../files/package-path.ts';

/** The version in our package.json, found from sources and from the build. */
export function versionText(): string {
  const { version } = JSON.parse(readFileSync(shippedPath('package.json'), 'utf8')) as { version: string };

  return version;
}
