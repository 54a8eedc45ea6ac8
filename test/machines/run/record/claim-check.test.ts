// Large values go to the blob store and a reference takes their place. Method: facts of several types, whose size is
// known, and the promise that putting the blobs back gives the same fact.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBlobRef } from '../../../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../../../events/canonical-json.ts';
import { eventDefinition, type Fact } from '../../../../events/catalogue.ts';
import { RunRerun, RunStarted } from '../../../../events/run-events.ts';
import {
  ApprovalGranted,
  ConditionEvaluated,
  TaskCompleted,
  TaskFailed,
} from '../../../../events/task-events.ts';
import { sha256Hex } from '../../../../machines/hash.ts';
import { BlobNeeded, claimCheck, reservedKey, unclaim } from '../../../../machines/run/record/claim-check.ts';

const KiB = 1024;
const text = (bytes: number, letter = 'x'): string => letter.repeat(bytes);
const completed = (output: Json): Fact => TaskCompleted.of({ task: 'build', attempt: 1, output });
const definition = { id: 'd', version: 1, hash: text(64, 'f') };
const sizeOf = (fact: Fact): number => Buffer.byteLength(canonicalJson(fact.data));

test('a fact that fits comes back as the same object', () => {
  const small = completed({ size: 3 });
  const nearly = completed(text(127 * KiB));

  expect(claimCheck(small)).toEqual({ fact: small, blobs: [] });
  expect(claimCheck(small).fact).toBe(small);
  expect(claimCheck(nearly).fact).toBe(nearly);
});

test('the output of a task that is too large is replaced whole, by a reference to its canonical text', () => {
  const output = { z: text(100 * KiB), a: text(40 * KiB) };
  const { fact, blobs } = claimCheck(completed(output));
  const content = canonicalJson(output);

  expect(blobs).toEqual([{ digest: sha256Hex(content), text: content, bytes: content.length }]);
  expect(fact).toEqual(completed({ $blob: { digest: sha256Hex(content), bytes: content.length } }));
});

test('the limit is on bytes as they are stored, not on characters', () => {
  const limit = 128 * KiB;
  const data = sizeOf(completed(''));

  expect(claimCheck(completed(text(limit - data))).blobs).toHaveLength(0);
  expect(claimCheck(completed(text(limit - data + 1))).blobs).toHaveLength(1);
  expect(claimCheck(completed(text(60 * KiB, 'ä'))).blobs).toHaveLength(0);
  expect(claimCheck(completed(text(70 * KiB, 'ä'))).blobs).toHaveLength(1);
  expect(claimCheck(completed(text(22 * KiB, '\u0001'))).blobs).toHaveLength(1);
});

test('of an input, entries are replaced one by one, the largest first, and no more than needed', () => {
  const input = { small: 1, large: text(90 * KiB), larger: text(100 * KiB) };
  const { fact, blobs } = claimCheck(RunStarted.of({ run: 'r', definition, input, variables: { v: 'w' } }));

  expect(blobs.map(({ bytes }) => bytes)).toEqual([100 * KiB + 2]);
  expect(fact.data).toMatchObject({ run: 'r', definition, variables: { v: 'w' } });
  expect(fact.data).toMatchObject({ input: { small: 1, large: input.large } });
});

test.each<[string, Fact, readonly string[]]>([
  [
    'the values of a condition',
    ConditionEvaluated.of({ task: 'a', result: true, values: { x: text(200 * KiB) } }),
    ['values', 'x'],
  ],
  [
    'the details of an error',
    TaskFailed.of({
      task: 'a',
      attempt: 1,
      error: { code: 'c', message: 'm', retryable: false, details: text(200 * KiB) },
    }),
    ['error', 'details'],
  ],
  [
    'the data of an approval',
    ApprovalGranted.of({ task: 'a', by: 'ana', data: [text(200 * KiB)] }),
    ['data'],
  ],
  [
    'what a rerun replaces',
    RunRerun.of({ from: 'a', before: { input: { x: text(200 * KiB) } } }),
    ['before', 'input', 'x'],
  ],
])('%s may be what is large, and the fact stays one of its type', (_, large, path) => {
  const { fact, blobs } = claimCheck(large);
  let member: unknown = fact.data;
  for (const name of path) member = (member as Record<string, unknown>)[name];

  expect(isBlobRef(member)).toBe(true);
  expect(blobs).toHaveLength(1);
  expect(sizeOf(fact)).toBeLessThan(KiB);
  expect(eventDefinition(fact.type)?.schema.safeParse(fact.data).success).toBe(true);
});

test('equal values become one blob', () => {
  const input = { a: text(100 * KiB), b: text(100 * KiB) };
  const { fact, blobs } = claimCheck(RunStarted.of({ run: 'r', definition, input }), 10 * KiB);

  expect(blobs).toHaveLength(1);
  expect(sizeOf(fact)).toBeLessThan(KiB);
});

test('what no reference can make smaller is left alone, be the fact too large or not', () => {
  const error = { code: 'c', message: text(200 * KiB), retryable: false, details: { a: 1 } };
  const wordy = TaskFailed.of({ task: 'a', attempt: 1, error });

  expect(claimCheck(wordy).fact).toBe(wordy);
});

test('with its blobs put back, a fact is what it was', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.integer({ min: 0, max: 2_000 }),
      (values, bytesMax) => {
        const input = JSON.parse(JSON.stringify(values)) as Record<string, Json>;
        const given = RunStarted.of({ run: 'r', definition, input });
        const { fact, blobs } = claimCheck(given, bytesMax);
        const contents = new Map(blobs.map((blob) => [blob.digest, JSON.parse(blob.text) as Json]));
        const data = fact.data as typeof given.data;
        const back = Object.entries(data.input).map(
          ([name, value]) => [name, unclaim(value, contents)] as const,
        );

        expect(canonicalJson(Object.fromEntries(back))).toBe(canonicalJson(input));
        for (const blob of blobs) expect(sha256Hex(blob.text)).toBe(blob.digest);
      },
    ),
  );
});

test('a reference whose content is not at hand says what is needed', () => {
  const ref = { $blob: { digest: text(64, 'a'), bytes: 9 } };
  const ask = (): Json => unclaim(ref, new Map());

  expect(ask).toThrow(BlobNeeded);
  expect(ask).toThrow(expect.objectContaining({ code: 'blob.needed', refs: [ref] }));
  expect(unclaim({ inner: ref }, new Map())).toEqual({ inner: ref });
  expect(unclaim(ref, new Map([[ref.$blob.digest, null]]))).toBeNull();
});

test.each<[Json, string]>([
  [{ $blob: 1 }, '$blob'],
  [{ $blob: { digest: text(64, 'a'), bytes: 9 } }, '$blob'],
  [[0, { $blob: null }], '[1].$blob'],
  [{ a: [{ b: { $blob: null } }] }, 'a[0].b.$blob'],
])('a value of a user that could pass for a reference is found: %j', (value, place) => {
  expect(reservedKey(value)).toBe(place);
});

test.each<Json>([null, '$blob', ['$blob'], { blob: 1 }, { a: { $blo: 1 } }])(
  'and nothing else is: %j',
  (value) => {
    expect(reservedKey(value)).toBeUndefined();
  },
);

test('what an attempt printed goes beside the journal from some KiB on, and the output stays', () => {
  const printing = (stderr: string) =>
    TaskCompleted.of({ task: 'build', attempt: 1, output: 1, log: { stderr } });
  const short = printing(text(900));
  expect(claimCheck(short)).toEqual({ fact: short, blobs: [] });

  const log = { stderr: text(7 * KiB) };
  const { fact, blobs } = claimCheck(printing(log.stderr));
  const content = canonicalJson(log);
  expect(blobs).toEqual([{ digest: sha256Hex(content), text: content, bytes: content.length }]);
  expect(fact.data).toMatchObject({ output: 1, log: { $blob: { digest: sha256Hex(content) } } });

  const huge = TaskCompleted.of({ task: 'build', attempt: 1, output: text(200 * KiB), log });
  expect(claimCheck(huge).blobs.map(({ bytes }) => bytes)).toEqual([200 * KiB + 2, content.length]);
  expect(sizeOf(claimCheck(huge).fact)).toBeLessThan(KiB);
});
