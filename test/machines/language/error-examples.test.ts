// The pages of docs/errors show definitions that are wrong and what is right in their place. Method: each example is
// completed to a definition of the world of the tables of the checks, and checked, deeply where the code is `deep.`.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { errorPages } from '../../../src/cli/explain/error-pages.ts';
import { findingsOf } from '../prover/table/found.ts';
import { world } from './world/test-world.ts';

const texts = (await errorPages()).flatMap((page) => page.texts);
const shown = texts.filter(
  ({ code, examples }) => /^(definition|deep|yaml)\./.test(code) && examples.length > 0,
);

test('the pages show what is wrong and what is right, for most codes of definitions', () => {
  expect(shown.flatMap(({ code, examples }) => (examples.length === 2 ? [] : [code]))).toEqual([]);
  expect(shown.length).toBeGreaterThan(70);
});

test.each(shown.map((text) => [text.code, text.examples] as const))('%s', (code, examples) => {
  for (const { kind, text } of examples)
    expect([kind, foundIn(code, completed(text))]).toEqual([kind, kind === 'wrong' ? [code] : []]);
});

/** An example is what stands below `workflow:`, unless it says all. */
function completed(example: string): string {
  if (/^workflow:/m.test(example) || !/^\w+:/m.test(example)) return example;

  return `workflow:\n  id: example\n  version: 1\n${example.replaceAll(/^(?=.)/gm, '  ')}\n`;
}

/** The codes of what is found, each once. */
function foundIn(code: string, content: string): readonly string[] {
  const found = code.startsWith('deep.') ? findingsOf(content, world) : checked(content);

  return [...new Set(found.map((each) => each.code))];
}

function checked(content: string): readonly { readonly code: string }[] {
  const result = loadDefinition({ file: 'example.yaml', content, world });

  return result.ok ? [...result.warnings, ...result.misfits] : result.problems;
}
