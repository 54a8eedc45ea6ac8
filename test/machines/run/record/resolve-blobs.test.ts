// References stand for large values; expressions see the values.
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../../../events/canonical-json.ts';
import { sha256Hex } from '../../../../machines/hash.ts';
import { BlobNeeded, gathered, unclaimed } from '../../../../machines/run/record/claim-check.ts';
import { emptyAside } from '../../../../machines/run/run.ts';
import { wholeOutput } from '../../../../src/engine/run/resolve-blobs.ts';
import { chartOfText } from '../../../support/chart-of.ts';
import { createMemoryStores } from '../../../support/memory-stores.ts';
import { startedRun } from '../../../support/run-spec.ts';

const oneTask = 'workflow: {id: one, version: 1, tasks: [{id: a, uses: noop}]}';

const blob = (digest: string) => ({ $blob: { digest, bytes: 1 } });
const digest = (letter: string) => letter.repeat(64);
const aside = {
  ...emptyAside,
  blobs: new Map<string, Json>([
    [digest('a'), { large: true, text: 'of a' }],
    [digest('b'), 'a text'],
  ]),
};
const member = (of: Json, name: string, otherwise: Json): Json => ({
  $blob: { member: name, of, otherwise },
});
const spread = (...values: readonly (readonly [string, Json])[]): Json => ({ $blob: values });

test('references are replaced by what they stand for, however deep they stand', () => {
  expect(unclaimed({ aside }, { list: [1, blob(digest('a'))] })).toEqual({
    list: [1, { large: true, text: 'of a' }],
  });
});

test('a value without references is the value itself', () => {
  const value = { a: [1, { b: 'text' }] };

  expect(unclaimed({ aside }, value)).toBe(value);
});

test('all references that are not at hand are named at once', () => {
  const needs = () => unclaimed({ aside }, [blob(digest('d')), blob(digest('c'))]);

  expect(needs).toThrow(BlobNeeded);
});

test.each<[string, Json, Json]>([
  ['the member it names', member(blob(digest('a')), 'text', 'else'), 'of a'],
  ['what stands for it where it has no such member', member(blob(digest('a')), 'toString', 'else'), 'else'],
  [
    'what stands for it where it is no mapping',
    member(blob(digest('b')), 'length', member(blob(digest('a')), 'text', null)),
    'of a',
  ],
  [
    'the value by its name where several are one mapping',
    member(spread(['note', blob(digest('b'))]), 'note', 1),
    'a text',
  ],
])('a reference to a member gives %s', (_what, value, content) => {
  expect(unclaimed({ aside }, { text: value })).toEqual({ text: content });
});

test('what may stand for a member is not loaded where the member is there', () => {
  const value = member(blob(digest('a')), 'text', blob(digest('d')));

  expect(unclaimed({ aside }, value)).toBe('of a');
});

test('a mapping of several values has the members of each, or it by its name; the later one counts', () => {
  const value = spread(
    ['own', { own: [blob(digest('b'))], large: 'before' }],
    ['fan', blob(digest('a'))],
    ['note', blob(digest('b'))],
    ['more', { text: 'after' }],
  );

  expect(unclaimed({ aside }, value)).toEqual({
    own: ['a text'],
    large: true,
    note: 'a text',
    text: 'after',
  });
});

test('in its place stands one reference to the mapping, for releases that know no other', () => {
  const { value, blobs } = gathered(
    { tasks: [spread(['fan', blob(digest('a'))], ['own', { n: 1 }])] },
    aside.blobs,
  );
  const text = canonicalJson({ large: true, n: 1, text: 'of a' });

  expect(value).toEqual({ tasks: [{ $blob: { digest: sha256Hex(text), bytes: text.length } }] });
  expect(blobs.map((each) => each.text)).toEqual([text]);
});

test('an output of more large values than an engine keeps is read whole, each value once', async () => {
  const { blobs } = createMemoryStores();
  const stored = async (value: Json): Promise<Json> => {
    const text = canonicalJson(value);
    const at = { digest: sha256Hex(text), bytes: text.length };
    await blobs.put({ ...at, text });
    return { $blob: at };
  };
  const names = Array.from({ length: 70 }, (_, index) => `n${index}`);
  const output: Record<string, Json> = {};
  for (const name of names)
    output[name] = member(
      await stored({ other: name }),
      name,
      await stored({ [name]: 1 }).then((ref) => member(ref, name, null)),
    );
  let reads = 0;
  const counted = {
    ...blobs,
    get: (at: string) => (reads++ < 1000 ? blobs.get(at) : Promise.reject(new Error('no end'))),
  };
  const state = { ...startedRun(chartOfText(oneTask)).run().state, output };

  expect(Object.keys((await wholeOutput(counted, { aside: emptyAside, state })) as object)).toEqual(names);
  expect(reads).toBe(140);
});
