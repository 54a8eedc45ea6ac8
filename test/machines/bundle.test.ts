// Bundles: one hash for one content, which version of an id a bundle says, and what differs between two. Method: values
// written by hand.
import { expect, test } from 'vitest';
import { Bundle, bundleChanges, bundledVersions, bundleHash, bundleText } from '../../machines/bundle.ts';

const definition = (id: string, version: number, hash = `${id}${version}`) => ({
  id,
  version,
  hash,
  file: `${id}.yaml`,
});
const file = (path: string, sha256: string) => ({ path, sha256 });
const bundle = (...[definitions, files = []]: [Bundle['definitions'], Bundle['files']?]): Bundle => ({
  definitions,
  files,
  needsFiles: [],
});

test('the same content has the same hash in whatever order it was put together, and other content another', () => {
  const one = bundle(
    [definition('a', 2), definition('a', 10), definition('b', 1)],
    [file('x', '1'), file('y', '2')],
  );
  const turned = bundle([...one.definitions].reverse(), [...one.files].reverse());
  expect(bundleHash(turned)).toBe(bundleHash(one));
  expect(Bundle.parse(JSON.parse(bundleText(turned)))).toEqual(one);

  expect(bundleHash(bundle(one.definitions, [file('x', '1'), file('y', '3')]))).not.toBe(bundleHash(one));
  expect(bundleHash({ ...one, needsFiles: [{ definition: 'a', what: 'writes x' }] })).not.toBe(
    bundleHash(one),
  );
});

test('an id means the highest version that the bundle holds', () => {
  const versions = bundledVersions(bundle([definition('a', 9), definition('a', 10), definition('b', 1)]));

  expect([...versions]).toEqual([
    ['a', { id: 'a', version: 10, hash: 'a10' }],
    ['b', { id: 'b', version: 1, hash: 'b1' }],
  ]);
});

test('what was added, removed and changed is told, definitions first', () => {
  const before = bundle([definition('a', 1), definition('gone', 1)], [file('x', '1'), file('old', '1')]);
  const after = bundle([definition('a', 2), definition('new', 1)], [file('x', '2'), file('added', '1')]);

  expect(bundleChanges(before, after)).toEqual([
    { kind: 'definition', name: 'a', from: 1, to: 2 },
    { kind: 'definition', name: 'gone', from: 1, to: undefined },
    { kind: 'definition', name: 'new', from: undefined, to: 1 },
    { kind: 'file', name: 'added', change: 'added' },
    { kind: 'file', name: 'old', change: 'removed' },
    { kind: 'file', name: 'x', change: 'changed' },
  ]);
  expect(bundleChanges(undefined, after).map(({ name }) => name)).toEqual(['a', 'new', 'added', 'x']);
  expect(bundleChanges(after, after)).toEqual([]);
});
