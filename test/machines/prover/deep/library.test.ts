// The definitions that come with the product. Method: each is explored whole; none may be wrong, and what is worth a
// look is pinned, so that a change of the definitions or of the checker shows.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shippedDefinitions } from '../../../support/shipped-definitions.ts';
import { deepOfText } from './deep-of.ts';

/** An early failure leaves a folder to be looked at. */
const pinned: Readonly<Record<string, readonly string[]>> = {
  'definitions/station/station-deployment.yaml': [
    'warning deep.not-undone: create_folder_structure deploy_policies',
  ],
};

test.each(shippedDefinitions)('%s is sound, as far as all its runs show', (name) => {
  const { said, explored } = deepOfText(readFileSync(name, 'utf8'));

  expect(said).toEqual(pinned[name] ?? []);
  expect(explored.isWhole).toBe(true);
});
