import { relative } from 'node:path';
import { definitionFiles } from '../../src/files/local-definitions.ts';

const root = new URL('../../', import.meta.url).pathname;

/** Every definition that ships in `definitions/` and its folders, by its path from the root of the repository. */
export const shippedDefinitions: readonly string[] = (await definitionFiles(`${root}definitions`)).map(
  (path) => relative(root, path),
);
