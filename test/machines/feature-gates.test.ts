// What may be written while engines of several releases are there. Method: members as they announce themselves.
import { expect, test } from 'vitest';
import { closedFeature, featureGates, knownFeatures } from '../../machines/feature-gates.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { needsModels } from '../../machines/language/normalise/needs-models.ts';

const now = { node: 'new-1', release: '0.2.0', understands: knownFeatures };
const before = { node: 'old-1' };

test('where nobody is, or all are of this release, everything may be written', () => {
  for (const members of [[], [now], [now, { ...now, node: 'new-2' }]]) {
    expect(featureGates(members)).toEqual(knownFeatures.map((feature) => ({ feature, closedBy: [] })));
    expect(closedFeature('sealed', members)).toBeUndefined();
  }
});

test('an engine that announces nothing is of an earlier release, and closes every gate', () => {
  expect(featureGates([now, before, before])).toEqual(
    knownFeatures.map((feature) => ({ feature, closedBy: [before] })),
  );
  expect(closedFeature('sealed', [now, before])).toEqual({
    code: 'feature.closed',
    message:
      'runs whose values are sealed are not understood by old-1 (an older release); bring every engine to this release first (docs/upgrading.md)',
  });
});

test('an engine closes the gates of what it does not name, whatever else it understands', () => {
  const between = { node: 'mid-1', release: '0.1.9', understands: ['sealed', 'something-of-tomorrow'] };

  expect(closedFeature('sealed', [now, between])).toBeUndefined();
  expect(closedFeature('generations', [now, between])?.message).toContain('mid-1 (0.1.9)');
});

const asking = '{id: ask, type: LLM, model: fast, prompt: hello}';

test.each([
  ['a task that asks a model', `tasks: [${asking}]`, true],
  [
    'an agent',
    'tasks: [{id: clerk, type: AGENT, model: fast, prompt: hello, tools: [{name: look, uses: noop}]}]',
    true,
  ],
  [
    'a task in a loop',
    `tasks: [{id: often, type: DO_WHILE, loop_condition: "false", tasks: [${asking}]}]`,
    true,
  ],
  [
    'a task in a branch',
    `tasks: [{id: both, type: FORK, branches: [[${asking}], [{id: other, uses: noop}]]}]`,
    true,
  ],
  [
    'a task for each item',
    `tasks: [{id: all, type: FORK, for_each: "${'${[1]}'}", tasks: [${asking}]}]`,
    true,
  ],
  [
    'a step of its failure workflow',
    `failure_workflow: {id: sorry, steps: [${asking}]}\n  tasks: [{id: only, uses: noop}]`,
    true,
  ],
  ['a budget for the runs that it starts', 'budget: {calls: 3}\n  tasks: [{id: only, uses: noop}]', true],
  [
    'nothing of models',
    'failure_workflow: {id: sorry, steps: [only]}\n  tasks: [{id: only, uses: noop}]',
    false,
  ],
])('an earlier release cannot read a definition with %s: %#', (_what, rest, expected) => {
  const read = loadDefinition({
    file: 'one.yaml',
    content: `workflow:\n  id: one\n  version: 1\n  ${rest}\n`,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));

  expect(needsModels(read.loaded.definition)).toBe(expected);
});
