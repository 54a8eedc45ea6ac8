// Which events cancel a run, and what `check` says of those that never could. Method: load texts, compare what they
// mean, or each problem as `line:column code`.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { definitionWith } from '../../support/definition-text.ts';

const load = (cancelOn: string) =>
  loadDefinition({ file: 'cancelled.yaml', content: definitionWith(`cancel_on: ${cancelOn}`) });

test.each([
  ['a name alone', 'order.cancelled', [{ event: 'order.cancelled' }]],
  [
    'a name and a condition',
    '{event: order.cancelled, when: "${event.data.run == workflow.run_id}"}',
    [{ event: 'order.cancelled', when: 'event.data.run == workflow.run_id' }],
  ],
  ['several', '[{event: stop}, {event: recall}]', [{ event: 'stop' }, { event: 'recall' }]],
])('%s is read', (_what, text, expected) => {
  const result = load(text);

  expect(result.ok ? result.loaded.definition.cancelOn : result.problems).toEqual(expected);
});

test.each([
  ['no type of an event', 'order cancelled', '4:14 definition.bad-value'],
  ['none in a list either', '[{event: "a b"}]', '4:23 definition.bad-value'],
  ['an empty list', '[]', '4:14 definition.out-of-range'],
  [
    'what the event does not have',
    '{event: stop, when: event.dat.order == 1}',
    '4:34 definition.unknown-name',
  ],
  [
    'an input that is not declared',
    '{event: stop, when: event.data.order == workflow.input.order}',
    '4:54 definition.undeclared-input',
  ],
  ['a name that nobody knows', '{event: stop, when: evnt.data.order == 1}', '4:34 definition.unknown-task'],
  ['a key of another place', '{event: stop, match: "true"}', '4:28 definition.unknown-key'],
])('%s: refused where it stands', (_what, text, place) => {
  const result = load(text);
  const problems = result.ok ? [] : result.problems.filter(({ severity }) => severity === 'error');

  expect(problems.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual([place]);
});

test('an event that starts runs and cancels them is warned of', () => {
  const content = definitionWith('cancel_on: draft.saved\ntriggers: [{on: draft.saved}]');
  const result = loadDefinition({ file: 'cancelled.yaml', content });

  expect(result.ok && result.warnings.map(({ code }) => code)).toEqual(['definition.cancels-its-start']);
});
