// A sealed WAIT may be told by an event, which is kept as it is. Method: definitions as they are checked.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';

function foundIn(wait: string): readonly string[] {
  const content = `workflow:
  id: waits
  version: 1
  erasure_key: \${workflow.input.customer}
  input: {properties: {customer: {type: string}}, required: [customer]}
  tasks:
    - {id: noted, type: TRANSFORM, pii: true, output: {text: x}}
    - {id: told, type: WAIT, ${wait}, depends_on: noted}
`;
  const result = loadDefinition({ file: 'waits.yaml', content });
  const found = result.ok ? result.warnings : result.problems;

  return found.map(({ code }) => code).filter((code) => code.startsWith('definition.sealed'));
}

test('a sealed WAIT for a signal is warned of, as an event may give it', () => {
  expect(foundIn('pii: true, signal: told')).toEqual(['definition.sealed-from-event']);
});

test.each(['signal: told', 'pii: true, duration: 1h'])('a WAIT with %s is not', (wait) => {
  expect(foundIn(wait)).toEqual([]);
});
