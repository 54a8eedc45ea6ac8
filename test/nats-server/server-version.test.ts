// Which servers are new enough is decided by comparing versions, where text order is wrong (2.9 > 2.12) and
// a pre-release comes before its release. A table of pairs, each compared both ways.
import { expect, test } from 'vitest';
import { compareVersions, isNewEnough } from '../../src/nats-server/server-version.ts';

test.each([
  ['2.9.10', '2.12.0'],
  ['2.12.0', '2.12.1'],
  ['2.12.9', '2.12.10'],
  ['1.99.99', '2.0.0'],
  ['2.12.0-RC.2', '2.12.0'],
  ['2.12.0-RC.2', '2.12.0-RC.10'],
  ['2.11.9', '2.12.0-RC.1'],
])('%s is older than %s', (older, newer) => {
  expect(compareVersions(older, newer)).toBeLessThan(0);
  expect(compareVersions(newer, older)).toBeGreaterThan(0);
});

test.each([
  ['2.12.0', 'v2.12.0'],
  ['2.12', '2.12.0'],
  ['2.12.0+debian1', '2.12.0'],
])('%s and %s are the same version', (left, right) => {
  expect(compareVersions(left, right)).toBe(0);
});

test.each(['2.12.0', '2.12.1', '2.15.1', 'v2.15.0', '3.0.0'])('%s is new enough', (version) => {
  expect(isNewEnough(version)).toBe(true);
});

test.each(['2.11.9', '2.12.0-RC.1', '1.4.1', '', 'latest', '.lock'])('"%s" is not new enough', (version) => {
  expect(isNewEnough(version)).toBe(false);
});
