// Each seeded bug is a change of the built code. Here: none of them is out of date.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { withBug } from './bug.ts';
import { bugs } from './bugs.ts';
import { safeChanges } from './safe-changes.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const dist = join(root, 'dist');
const all = [...bugs, ...safeChanges];

describe('seeded bugs', () => {
  test.each(all.map((bug) => [bug.name, bug] as const))('%s fits the code in exactly one place', (_, bug) => {
    const code = readFileSync(join(dist, bug.file), 'utf8');

    expect(withBug(bug, code)).not.toBe(code);
  });

  test('have names of their own', () => {
    const names = all.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
  });

  test('stand in docs/simulation-bugs.md, each of them', () => {
    const page = readFileSync(join(root, 'docs', 'simulation-bugs.md'), 'utf8');

    for (const { name } of all) expect(page).toContain(`| ${name} |`);
  });

  test('say when the code has moved on from under them', () => {
    const bug = { name: 'gone', what: '', file: 'a.js', find: 'was here', replace: '' };

    expect(() => withBug(bug, 'is not')).toThrow(
      'the bug "gone" no longer fits the code: a.js holds its `find` 0 times',
    );
    expect(() => withBug(bug, 'was here, was  here')).toThrow('2 times, not once');
  });
});
