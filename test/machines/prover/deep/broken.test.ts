// Every defect of a set of definitions is found, and nothing else: not once it is mended. Method: each definition
// broken in one place, and mended there; what the checker says of both, and what the deep check does.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { definitionText } from '../../../support/definition-text.ts';
import { brokenDefinitions } from './broken-definitions.ts';
import type { Broken } from './broken-parts.ts';
import { deepOfText } from './deep-of.ts';

test.each(brokenDefinitions)('finds $name, and nothing once it is mended', (each) => {
  const before = foundIn(textWith(each, each.broken));
  const after = foundIn(textWith(each, each.mended));

  expect(before.map(({ code }) => code)).toContain(each.code);
  const isNote = before.some(({ code, severity }) => code === each.code && severity === 'note');
  expect(after.filter(({ code, severity }) => severity !== 'note' || (isNote && code === each.code))).toEqual(
    [],
  );
});

test('the set holds at least 25 defects', () => {
  expect(brokenDefinitions.length).toBeGreaterThanOrEqual(25);
});

function textWith({ tasks, head = '' }: Broken, place: string): string {
  const at = (text: string) => text.replaceAll('@@', () => place);

  return definitionText(tasks.map((task) => `- ${at(task)}`).join('\n'), at(head));
}

/** A definition that the checker refuses is not played. */
function foundIn(content: string): readonly { readonly code: string; readonly severity: string }[] {
  const result = loadDefinition({ file: 'x.yaml', content });
  const problems = result.ok ? result.warnings : result.problems;
  const deep = result.ok ? deepOfText(content).findings : [];

  return [...problems, ...deep].map(({ code, severity }) => ({ code, severity }));
}
