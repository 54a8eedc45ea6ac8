// Every definition that ships, in definitions/ and in examples/, is played through its scenarios as `workflow test`
// does, and no scenario fails.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testDefinition } from '../../../src/projections/definition/test-definition.ts';
import { failedScenarios } from '../../../src/projections/definition/tested-definition.ts';
import { leftUncovered, templates } from '../../definitions/templates-page.ts';
import { shippedDefinitions } from '../../support/shipped-definitions.ts';
import { loaded, rehearsals } from './page-cases.ts';

const root = new URL('../../../', import.meta.url);
const files = ['examples/station/.3ox.index/CORE/WORKFLOWS/', 'examples/powershell/'].flatMap((folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
    .map((name) => folder + name),
);
const uncoveredOf = new Map(
  templates.map(({ demo, file }) => [`definitions/${file}`, leftUncovered[demo.name] ?? []]),
);

test('both folders have some', () => {
  expect(new Set([...shippedDefinitions, ...files].map((file) => file.split('/')[0]))).toEqual(
    new Set(['definitions', 'examples']),
  );
});

test.each([...shippedDefinitions, ...files])('%s', { timeout: 300_000 }, async (file) => {
  const text = readFileSync(new URL(file, root), 'utf8');
  const subject = { file, path: file, loaded: loaded(text, file), cases: [] };
  const tested = await testDefinition(subject, { rehearsals, scenesMax: 2_000, now: () => 0 });

  expect(failedScenarios(tested).map(({ rehearsed }) => rehearsed)).toEqual([]);
  expect(tested.scenarios.map(({ scenario }) => scenario.end.status)).toContain('COMPLETED');
  const explained = uncoveredOf.get(file);
  if (explained === undefined) return;
  const open = tested.uncovered.filter(({ kind }) => kind !== 'unreachable');
  const told = explained.flatMap(([tasks]) => tasks.split(', '));
  expect([...new Set(open.map(({ transition }) => transition.split(':')[0]))].sort()).toEqual([
    ...new Set(told.sort()),
  ]);
});
