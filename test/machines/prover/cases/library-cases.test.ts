// The cases beside the shipped definitions hold, and each of them can fail. Method: the real files on a real engine.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { loadCases } from '../../../../machines/prover/cases/load-cases.ts';
import { playCases } from '../../../../machines/prover/cases/play-cases.ts';
import { createRehearsals } from '../../../../src/compose/rehearsal.ts';
import { definitionFiles } from '../../../../src/files/local-definitions.ts';

const folder = join(import.meta.dirname, '../../../../definitions');
const files = readdirSync(folder).filter((name) => name.endsWith('.test.yaml'));

test.each(files)('what %s expects comes true', async (file) => {
  const cases = loadCases({ file, content: readFileSync(join(folder, file)) });
  if (!cases.ok) throw new Error(JSON.stringify(cases.problems));
  const beside = cases.definition ?? file.replace('.test.yaml', '.yaml');
  const read = loadDefinition({ file: beside, content: readFileSync(join(folder, beside)) });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));

  expect(cases.misfits(read.loaded.definition)).toEqual([]);
  const results = await playCases(read.loaded, cases.cases, createRehearsals());
  expect(results).toEqual(cases.cases.map(({ name, line }) => ({ name, line, ok: true, problems: [] })));
});

test('three definitions have cases', () => {
  expect(files.length).toBeGreaterThanOrEqual(3);
});

test('nothing takes cases for definitions', async () => {
  const definitions = await definitionFiles(folder);

  expect(definitions).toContain(join(folder, files[0]?.replace('.test', '') ?? ''));
  expect(definitions.filter((path) => path.includes('.test.'))).toEqual([]);
});
