// A document is YAML or JSON by its extension and reads back as what was written. Method: property-based round trip,
// because YAML has many texts that look like something else than a string.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { writeDocument } from '../../src/files/write-document.ts';
import { temporaryProject } from './temporary-project.ts';

const trickyText = fc.constantFrom(
  'yes',
  '017',
  '1e3',
  '0x1f',
  '1_000',
  '2025-10-07',
  '12:30:45',
  '~',
  '- a',
  'a: b',
  '# c',
  '',
  ' x ',
  'a\nb\n',
  '⧗-25.61.1420',
  '1234567e1234',
);
const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' }).filter((value) => !Object.is(value, -0));
const value = fc.oneof(trickyText, fc.array(trickyText), fc.dictionary(trickyText, trickyText), json);

test('YAML reads back as the value that was written', async () => {
  const projectDir = await temporaryProject();
  await fc.assert(
    fc.asyncProperty(value, async (written) => {
      await writeDocument({ projectDir, path: 'a.yaml', value: { written } });
      const read = load(await readFile(join(projectDir, 'a.yaml'), 'utf8'));
      expect(JSON.stringify(read)).toBe(JSON.stringify({ written }));
    }),
    { numRuns: 200 },
  );
});

test('JSON is written for .json', async () => {
  const projectDir = await temporaryProject();
  const { path } = await writeDocument({ projectDir, path: 'out/a.json', value: { b: [1, null] } });
  expect(path).toBe('out/a.json');
  expect(await readFile(join(projectDir, path), 'utf8')).toBe('{\n  "b": [\n    1,\n    null\n  ]\n}\n');
});

test.each(['a.txt', 'a', '.yaml', 'a.yaml.exe'])('refuses to write a document as %s', async (path) => {
  await expect(
    writeDocument({ projectDir: await temporaryProject(), path, value: {} }),
  ).rejects.toMatchObject({
    code: 'file.unknown-format',
  });
});
