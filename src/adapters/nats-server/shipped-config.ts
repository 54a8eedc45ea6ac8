import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LEVELS_MAX = 8;

/** The nats.conf of this package, whether we run from the source or from the compiled files further down. */
export function shippedConfig(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let level = 0; level < LEVELS_MAX; level += 1) {
    const path = join(folder, 'nats.conf');
    if (existsSync(path)) return path;
    folder = dirname(folder);
  }

  throw new Error('nats.conf is missing from this installation; install the package again');
}
