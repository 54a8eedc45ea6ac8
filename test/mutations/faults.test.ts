// Each seeded fault is a change of the built code. Here: none of them is out of date, and each stands in the table.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { withBug } from '../simulation/bugs/bug.ts';
import { faults } from './faults.ts';
import { safeChanges } from './safe-changes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const all = [...faults, ...safeChanges];

describe('seeded faults', () => {
  test.each(all.map((fault) => [fault.name, fault] as const))(
    '%s fits the code in exactly one place',
    (_, fault) => {
      const code = readFileSync(join(root, 'dist', fault.file), 'utf8');

      expect(withBug(fault, code)).not.toBe(code);
    },
  );

  test('have names of their own', () => {
    const names = all.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
  });

  test('stand in docs/mutations.md, each of them', () => {
    const page = readFileSync(join(root, 'docs', 'mutations.md'), 'utf8');

    for (const { name } of all) expect(page).toContain(`| ${name} |`);
  });
});
