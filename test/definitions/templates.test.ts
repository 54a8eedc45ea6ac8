// The templates are complete: each has a demo, cases, inputs that are explained, and its place on docs/templates.md,
// which is made from them. Method: the real files. test/engine/rehearsal/shipped.test.ts plays their scenarios.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { explanationOf, loadedOf, templates, templatesPage } from './templates-page.ts';

test('docs/templates.md is what the definitions say', async () => {
  await expect(templatesPage()).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/templates.md'));
});

test.each([
  ['inventory-validation', 'file-routing', 'multi-agent-coordination', 'incident-response'],
  ['station-deployment', 'project-setup', 'compliance-audit', 'data-migration'],
  ['research-coordination', 'batch-inventory-validation'],
  ['order-to-cash', 'content-approval', 'nightly-report', 'employee-onboarding'],
  ['invoice-approval', 'support-ticket', 'data-pipeline', 'release-train'],
])('%s, %s and the others of the row are shown by a demo', (...names) => {
  expect(templates.map(({ demo }) => demo.name)).toEqual(expect.arrayContaining(names));
});

test.each(templates.map(({ demo, file }) => [demo.name, file]))('%s explains every input', (name, file) => {
  const { input } = loadedOf(file).definition;
  const unexplained = Object.entries(input).filter(
    ([each, property]) => explanationOf(name, each, property) === undefined,
  );

  expect(unexplained.map(([each]) => each)).toEqual([]);
});
