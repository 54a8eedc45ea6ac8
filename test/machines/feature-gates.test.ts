// What may be written while engines of several releases are there. Method: members as they announce themselves.
import { expect, test } from 'vitest';
import { closedFeature, featureGates, knownFeatures } from '../../machines/feature-gates.ts';

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
