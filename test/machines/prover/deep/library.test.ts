// The definitions that come with the product. Method: each is explored whole; none may be wrong, and what is worth a
// look is pinned, so that a change of the definitions or of the checker shows.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { deepOfText } from './deep-of.ts';

const files = readdirSync('definitions').filter(
  (name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'),
);

/** An early failure leaves a folder to be looked at. */
const pinned: Readonly<Record<string, readonly string[]>> = {
  'station-deployment.yaml': ['warning deep.not-undone: create_folder_structure deploy_policies'],
};

test.each(files)('%s is sound, as far as all its runs show', (name) => {
  const { said, explored } = deepOfText(readFileSync(`definitions/${name}`, 'utf8'));

  expect(said).toEqual(pinned[name] ?? []);
  expect(explored.isWhole).toBe(true);
});
