// What was registered before the checker knew of absence has runs, which have to go on. Method: one definition that
// reads what may be absent, loaded as a new one and as one that was accepted before.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { definitionText } from '../../../support/definition-text.ts';

test('a definition that was registered before loads as it did', () => {
  const head =
    'input: {optional: [note]}\nfailure_workflow: {id: f, steps: [{id: s, uses: x, optional: true}, {id: e, uses: x, input: {v: "${s.output.v}"}}]}';
  const content = definitionText('- {id: a, uses: x, input: {v: "${workflow.input.note}"}}', head);
  const file = 'a.yaml';

  expect(loadDefinition({ file, content, isAccepted: true })).toMatchObject({ ok: true });
  expect(loadDefinition({ file, content })).toMatchObject({ ok: false });
});
