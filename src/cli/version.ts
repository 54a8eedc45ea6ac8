import { readFileSync } from 'node:fs';
import { shippedPath } from '../files/package-path.ts';

/** The version in the package.json that this file belongs to, compiled or not. */
export function versionText(): string {
  const { version } = JSON.parse(readFileSync(shippedPath('package.json'), 'utf8')) as { version: string };

  return version;
}
