// Completion asks where the cursor stands in a text that may be half written. Method: `|` is the cursor.
import { expect, test } from 'vitest';
import { yamlPlaceAt } from '../../src/editing/yaml-place.ts';

function placeAt(marked: string) {
  const { path, beside, key } = yamlPlaceAt(marked.replace('|', ''), marked.indexOf('|'));

  return { path: path.join('.'), beside: Object.fromEntries(beside), key };
}

test('a key of the top stands under nothing', () => {
  expect(placeAt('|').path).toBe('');
});

test('a key stands under the keys that are further left', () => {
  expect(placeAt('workflow:\n  id: orders\n  input:\n    prop|')).toMatchObject({ path: 'workflow.input' });
});

test('knows the keys beside it, above and below', () => {
  expect(placeAt('workflow:\n  id: orders\n  |\n  version: 2\n').beside).toEqual({
    id: 'orders',
    version: '2',
  });
});

test('a key of an entry of a list stands under the list, and sees the type of its task', () => {
  const text =
    'workflow:\n  tasks:\n    - id: pay\n      type: HTTP\n      |\n    - id: ship\n      type: HUMAN\n';

  expect(placeAt(text)).toEqual({
    path: 'workflow.tasks.[]',
    beside: { id: 'pay', type: 'HTTP' },
    key: undefined,
  });
});

test('the first key of an entry stands in the entry too', () => {
  expect(placeAt('workflow:\n  tasks:\n    - id: pay\n    - |')).toMatchObject({
    path: 'workflow.tasks.[]',
    beside: {},
  });
});

test('a list may stand as far left as its key', () => {
  expect(placeAt('workflow:\n  tasks:\n  - id: pay\n    |').path).toBe('workflow.tasks.[]');
});

test('behind a colon it is a value that is written', () => {
  expect(placeAt('workflow:\n  tasks:\n    - id: pay\n      type: |').key).toBe('type');
});

test('comments and blank lines say nothing', () => {
  expect(placeAt('workflow:\n# a note\n\n  |').path).toBe('workflow');
});
