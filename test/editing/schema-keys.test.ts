// What is offered comes from the schema of the language itself: the file that editors use.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { offeredAt } from '../../src/editing/schema-keys.ts';
import { yamlPlaceAt } from '../../src/editing/yaml-place.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../definitions/workflow.schema.json', import.meta.url), 'utf8'),
);

function labelsAt(marked: string): readonly string[] {
  const place = yamlPlaceAt(marked.replace('|', ''), marked.indexOf('|'));

  return offeredAt(schema, place).map(({ label }) => label);
}

test('offers the two keys of the top', () => {
  expect(labelsAt('|')).toEqual(['workflow', 'workset']);
});

test('offers the keys of a workset and of its items', () => {
  expect(labelsAt('workset:\n  id: ws\n  |')).toContain('goal');
  const labels = labelsAt('workset:\n  items:\n    - id: a\n      |');
  expect(labels).toContain('on_failure');
  expect(labels).not.toContain('performer');
  expect(labelsAt('workset:\n  items:\n    - on_failure: |')).toEqual(['stop', 'continue']);
});

test('offers the keys of a workflow that are not there yet', () => {
  const labels = labelsAt('workflow:\n  id: orders\n  |');

  expect(labels).toContain('tasks');
  expect(labels).not.toContain('id');
});

test('offers the keys that a task of its type has, and no others', () => {
  const human = labelsAt('workflow:\n  tasks:\n    - id: ask\n      type: HUMAN\n      |');
  const simple = labelsAt('workflow:\n  tasks:\n    - id: scan\n      |');

  expect(human).toContain('approvers');
  expect(human).not.toContain('decision_cases');
  expect(simple).not.toContain('approvers');
});

test('offers the keys of what stands inside of a task', () => {
  expect(labelsAt('workflow:\n  tasks:\n    - id: scan\n      retry_policy:\n        |')).toContain(
    'max_attempts',
  );
});

test('offers the keys that only a task of another type has inside', () => {
  const labels = labelsAt('workflow:\n  tasks:\n    - id: call\n      type: HTTP\n      request:\n        |');

  expect(labels).toContain('method');
});

test('offers the values of a key that has few', () => {
  expect(labelsAt('workflow:\n  tasks:\n    - id: scan\n      type: |')).toContain('DECISION');
  expect(labelsAt('workflow:\n  tasks:\n    - id: scan\n      optional: |')).toEqual(['true', 'false']);
});

test('says what a key is for, and whether it is required', () => {
  const [id] = offeredAt(schema, { path: ['workflow'], beside: new Map() });

  expect(id).toMatchObject({ label: 'id', isRequired: true });
  expect(id?.detail).not.toBe('');
});

test('offers nothing where the schema knows nothing', () => {
  expect(labelsAt('workflow:\n  nonsense:\n    |')).toEqual([]);
});
