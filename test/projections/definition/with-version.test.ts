// A definition is made another version in its text. What must not happen: that anything else of it changes.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { withVersion } from '../../../src/projections/definition/definition-row.ts';

function loaded(text: string) {
  const result = loadDefinition({ file: 'a.yaml', content: text });
  if (!result.ok) throw new Error(result.problems[0]?.message);

  return result.loaded;
}

test('only the number changes, wherever and however it stands', () => {
  const texts = [
    'workflow:\n  # version: 4\n  id: a # version: 7\n  version: NUMBER # counted up\n  tasks: [{id: t, type: NOOP}]\n',
    '{"workflow": {"tasks": [{"id": "t", "type": "NOOP", "name": "version: 4"}], "version": NUMBER, "id": "a"}}',
    'workflow: {id: a, name: "version 4", tasks: [{id: t, type: NOOP}], version: NUMBER}',
  ];
  for (const text of texts) {
    const again = withVersion(loaded(text.replace('NUMBER', '4')), 'a.yaml', 12);
    expect(again?.text).toBe(text.replace('NUMBER', '12'));
    expect(again?.ref).toMatchObject({ id: 'a', version: 12 });
  }
});

test('a number that something else refers to is left alone', () => {
  const text = `workflow:
  id: a
  version: &four 4
  input: {properties: {n: {type: integer, default: *four}}}
  tasks: [{id: t, type: NOOP}]
`;
  expect(withVersion(loaded(text), 'a.yaml', 12)).toBeUndefined();
});
