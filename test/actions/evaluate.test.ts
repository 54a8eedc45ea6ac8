// Foreign expressions run as they stand and harm nobody: each language gives what it always gives, and what never ends,
// takes all memory or reaches for the outside ends in a failure with a name. Method: the action itself, in its thread.
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { evaluate } from '../../src/actions/evaluate/evaluate.ts';
import { testAttempt } from '../support/attempt.ts';

function gives(language: string, expression: string, input: Json = null): Promise<Json> {
  return evaluate(testAttempt({ projectDir: '.', input: { language, expression, input } }));
}

test.each([
  ['javascript', '(function () { return { sum: $.a + $.b }; })();', { a: 1, b: 2 }, { sum: 3 }],
  ['javascript', 'let sum = 0; for (const each of $.list) sum += each; sum', { list: [1, 2, 3] }, 6],
  ['javascript', 'undefined', null, null],
  ['javascript', 'Promise.resolve($)', 'late', 'late'],
  ['jq', 'reduce .[] as $x (0; . + $x) # all of them', [1, 2, 3], 6],
  [
    'jq',
    'group_by(.k) | map({(.[0].k): length}) | add',
    [{ k: 'a' }, { k: 'b' }, { k: 'a' }],
    { a: 2, b: 1 },
  ],
  [
    'jsonata',
    '$sum(lines.(price * count))',
    {
      lines: [
        { price: 2, count: 3 },
        { price: 1, count: 1 },
      ],
    },
    7,
  ],
  ['jsonata', 'nothing.there', {}, null],
])('%s: %s', async (language, expression, input, result) => {
  expect(await gives(language, expression, input)).toMatchObject({ result });
});

test('jq gives all of its results', async () => {
  expect(await gives('jq', '.[] | .a', [{ a: 1 }, { a: 2 }])).toEqual({ result: 1, results: [1, 2] });
  expect(await gives('jq', 'empty')).toEqual({ result: null, results: [] });
});

test.each([
  ['javascript', 'throw new RangeError("no such row")', 'evaluate.failed', 'RangeError: no such row'],
  ['javascript', 'x =', 'evaluate.failed', 'SyntaxError'],
  ['javascript', 'new Promise(() => {})', 'evaluate.failed', 'nothing settles'],
  ['javascript', 'const a = {}; a.a = a', 'evaluate.failed', 'circular'],
  ['javascript', 'for (;;) {}', 'evaluate.time-limit', '3 s'],
  ['javascript', '/^(a+)+$/.test("a".repeat(40) + "b")', 'evaluate.time-limit', '3 s'],
  ['javascript', 'new Uint8Array(2e8).length', 'evaluate.memory-limit', '64 MiB'],
  ['javascript', '(function f() { return f() + 1; })()', 'evaluate.too-deep', 'deep'],
  ['jq', 'first, error("no")', 'evaluate.failed', ''],
  ['jq', 'def f: f; f', 'evaluate.time-limit', '3 s'],
  ['jq', '"x" * 1000000000 | length', 'evaluate.memory-limit', '64 MiB'],
  ['jsonata', '$error("bad")', 'evaluate.failed', 'bad'],
  ['jsonata', '($f := function($x) { $f($x) }; $f(1))', 'evaluate.time-limit', '3 s'],
])(
  '%s that harms ends by its name: %s',
  async (language, expression, code, message) => {
    await expect(gives(language, expression)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  },
  30_000,
);

test('what takes all memory is ended, by whichever bound it comes to first', async () => {
  const bounds = /^evaluate\.(?:memory|time)-limit$/;
  for (const [language, expression] of [
    ['javascript', 'const a = []; for (;;) a.push(new Array(1000).fill("x".repeat(99)))'],
    ['jq', '[range(1000000000)]'],
    ['jsonata', '[1..9000000]'],
  ] as const) {
    await expect(gives(language, expression)).rejects.toMatchObject({ code: expect.stringMatching(bounds) });
  }
}, 60_000);

test('nothing outside of it can be reached, and nothing stays for the next one', async () => {
  const reach = `[typeof process, typeof require, typeof fetch, (() => {}).constructor("return typeof process")()]`;
  expect(await gives('javascript', reach)).toMatchObject({ result: Array(4).fill('undefined') });
  await gives('javascript', 'Object.prototype.stolen = 1; JSON.stringify = () => "7"; globalThis.kept = 1');
  expect(await gives('javascript', '[typeof kept, {}.stolen === undefined]')).toMatchObject({
    result: ['undefined', true],
  });
  expect(await gives('jsonata', '{}.constructor.constructor("return process")()')).toMatchObject({
    result: null,
  });
  expect(await gives('jq', '[env.USER, env.PWD]')).toMatchObject({ result: ['web_user', '/'] });
});

test('what others evaluate goes on beside a script that never ends', async () => {
  const order: string[] = [];
  const endless = gives('javascript', 'for (;;) {}').catch(() => order.push('ended'));
  await gives('javascript', '1 + 1');
  order.push('evaluated');
  await endless;
  expect(order).toEqual(['evaluated', 'ended']);
}, 30_000);
