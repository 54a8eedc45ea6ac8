// The mutation check is worth what it notices. All faults are tried by `npm run test:mutations`, which takes minutes.
// Here: the sound build plays what was made from a definition, and two that have a fault do not.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Bug } from '../simulation/bugs/bug.ts';
import { createMutant } from '../simulation/bugs/mutant.ts';
import { faults } from './faults.ts';
import { generateFrom } from './generate.ts';
import { page, shareOf } from './page.ts';
import { type Difference, playAll } from './play-all.ts';

const dist = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist');
const lane = 'test/mutations/lane.js';
let scratch: string;
let file: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'mutations-'));
  file = join(scratch, 'scenarios.json');
  const text = readFileSync(join(import.meta.dirname, 'definitions', 'pauses.yaml'), 'utf8');
  writeFileSync(file, JSON.stringify([generateFrom('pauses.yaml', text)]));
});
afterAll(() => rmSync(scratch, { recursive: true }));

async function foundIn(bug: Bug): Promise<Difference | undefined> {
  const mutant = createMutant(bug, { dist, lane });
  onTestFinished(() => mutant.remove());

  return playAll(mutant.lane, file);
}

test('without any fault nothing differs', async () => {
  expect(await playAll(join(dist, lane), file)).toBeUndefined();
});

test.each(['retry-lost', 'no-pause-when-used-up'])('%s is found', async (name) => {
  const fault = faults.find((each) => each.name === name);
  if (fault === undefined) throw new Error(`there is no fault ${name}`);

  expect((await foundIn(fault))?.scenario).toMatch(/^pauses\.yaml: /);
});

test('a fault that breaks the engine down is found by that', async () => {
  const file = 'machines/chart/tasks/attempt-failure.js';
  const find = 'const capped = Math.min(grown, knownMs(maxDelayMs) ?? 0);';
  const broken = { name: 'broken', what: '', file, find, replace: "throw new Error('broken down');" };

  expect((await foundIn(broken))?.scenario).toMatch(/^pauses\.yaml: /);
});

test('a fault with which no scenario can be played is none', async () => {
  const file = 'machines/chart/tasks/attempt-failure.js';
  const find = 'const capped = Math.min(grown, knownMs(maxDelayMs) ?? 0);';

  await expect(foundIn({ name: 'unreadable', what: '', file, find, replace: 'const = ;' })).rejects.toThrow(
    'plays nothing',
  );
});

test('the table says what was found, by what, and what was not', () => {
  const [one, other] = faults;
  if (one === undefined || other === undefined) throw new Error('there are no faults');
  const checks = [
    { fault: one, found: { scenario: 'a.yaml: way', message: 'it differs' } },
    { fault: { ...other, survives: 'nobody looks' }, found: undefined },
  ];

  expect(shareOf(checks)).toBe(0.5);
  expect(page(checks, [])).toContain('1 of 2 faults are found: 50.0 %.');
  expect(page(checks, [])).toMatch(/\*\*not found\*\* \| nobody looks \|/);
});
