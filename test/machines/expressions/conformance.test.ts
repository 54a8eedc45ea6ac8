// How much of CEL the expressions are. Method: the conformance tests of cel-spec (https://github.com/google/cel-spec,
// as @bufbuild/cel-spec has them) are carried out; each that comes to something else has to fall under a reason that is
// written here, and docs/cel.md tells the share of each section.

import { expect, test } from 'vitest';
import { type ConformanceTest, readConformance, reasons } from './cel-spec.ts';

const found = readConformance();

test('whatever differs from the standard has a reason', () => {
  expect(
    found.filter(({ differs, reason }) => differs !== undefined && reason === undefined).map(told),
  ).toEqual([]);
});

test('every reason is one that something falls under', () => {
  expect(
    reasons.map(({ what }) => what).filter((what) => !found.some(({ reason }) => reason === what)),
  ).toEqual([]);
});

test('the page in docs/ tells the share of each section', async () => {
  await expect(page()).toMatchFileSnapshot('../../../docs/cel.md');
});

function told({ section, name, expression, differs }: ConformanceTest): string {
  return `${section}/${name}: ${expression}: ${differs}`;
}

function page(): string {
  const sections = [...new Set(found.map(({ section }) => section))];
  const rows = sections.map((section) => {
    const all = found.filter((each) => each.section === section);
    const same = all.filter(({ differs }) => differs === undefined).length;

    return `| ${section} | ${same} of ${all.length} | ${Math.round((100 * same) / all.length)} % |`;
  });
  const same = found.filter(({ differs }) => differs === undefined).length;
  const why = reasons.map(({ what, because }) => {
    const count = found.filter(({ reason }) => reason === what).length;

    return `| ${what} | ${because} | ${count} |`;
  });

  return `${[
    '# Expressions and the CEL standard',
    '',
    'Written by `npx vitest run test/machines/expressions/conformance.test.ts -u`, which carries out the conformance tests of',
    `[cel-spec](https://github.com/google/cel-spec): ${same} of ${found.length} come to the same, the others differ for the reasons below.`,
    '',
    'Values are those of JSON, because events, inputs and outputs are. What of the standard is about other values (protocol buffers, bytes,',
    'unsigned and 64-bit numbers, types as values) is left out, and said so when it is written.',
    '',
    '## By section',
    '| section | the same | |',
    '|---|---|---|',
    ...rows,
    '',
    '## What differs',
    '| what | why | tests |',
    '|---|---|---|',
    ...why,
  ].join('\n')}\n`;
}
