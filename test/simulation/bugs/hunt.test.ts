// The simulator is worth what it finds. All seeded bugs are hunted by `npm run simulate:bugs`, which takes minutes.
// Here: the gross ones fall at once.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bugs } from './bugs.ts';
import { hunt } from './hunt.ts';

const dist = join(fileURLToPath(new URL('../../..', import.meta.url)), 'dist');

describe('the simulator finds within 300 seeds', () => {
  const gross = [
    'dispatch-before-append',
    'no-answer-taken-for-stored',
    'blob-not-stored',
    'secrets-not-hidden',
    'attempt-begun-twice',
  ];
  test.each(gross)('%s', { timeout: 120_000 }, async (name) => {
    const bug = bugs.find((each) => each.name === name);
    if (bug === undefined) throw new Error(`there is no bug ${name}`);

    const { caught } = await hunt(bug, { dist, seedsMax: 300 });

    expect(caught?.by).toBeTruthy();
  });
});
