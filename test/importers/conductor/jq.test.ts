// The part of jq that has an equivalent gives what jq gives. Method: filters with the results that jq 1.7 prints for
// them, against our own evaluator.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { compileTemplate } from '../../../machines/expressions/template.ts';
import { named } from '../../../src/importers/conductor/cel/make.ts';
import type { Cel } from '../../../src/importers/conductor/cel/tree.ts';
import { translateJq } from '../../../src/importers/conductor/jq/translate-jq.ts';
import { celTemplate } from '../../../src/importers/conductor/templates.ts';

const data = {
  a: { b: [1, 2, 3], c: null, name: 'Ada', on: true },
  items: [
    { name: 'x', size: 5, tags: ['p'] },
    { name: 'y', size: 20, tags: [] },
  ],
  'odd key': 7,
};

function value(cel: Cel): Json {
  const compiled = compileTemplate(celTemplate(cel));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const rendered = compiled.template.render({ input: data });
  if (!rendered.ok)
    throw new Error(`${rendered.error.message} in ${JSON.stringify(compiled.template.source)}`);

  return rendered.value;
}

function results(filter: string): Json {
  const found = translateJq(filter, named('input'));

  return value(found.kind === 'many' ? found.list : found.value);
}

test.each([
  ['.', data],
  ['.a.b[1]', 2],
  ['.a.b[-1]', 3],
  ['.a["name"]', 'Ada'],
  ['."odd key"', 7],
  ['.a.missing.deeper', null],
  ['.a?.b?', [1, 2, 3]],
  ['.items[].name', ['x', 'y']],
  ['[.items[] | .size * 2]', [10, 40]],
  ['.items | map(select(.size > 10) | {n: .name, size})', [{ n: 'y', size: 20 }]],
  ['[.items[] | select(.tags | length == 0) | .name]', ['y']],
  ['.items | map(.name) | join("-")', 'x-y'],
  ['.items | length', 2],
  ['.a | keys', ['b', 'c', 'name', 'on']],
  ['{ out: (.a.b + .a.b), "k": .a.name, ("x"): 1 }', { out: [1, 2, 3, 1, 2, 3], k: 'Ada', x: 1 }],
  ['.a as $x | { on: $x.on, $x }', { on: true, x: data.a }],
  ['.a.c // .a.name // "none"', 'Ada'],
  ['.missing // "none"', 'none'],
  ['if (.items | length) > 1 then "many" elif .a.on then "one" else "none" end', 'many'],
  ['if .a.c then 1 else 2 end', 2],
  ['.a.on and (.a.c | not)', true],
  ['"\\(.a.name) has \\(.items | length)"', 'Ada has 2'],
  ['.a | has("name")', true],
  ['.a.name | startswith("A") and endswith("a")', true],
  ['.a.name | ascii_downcase | test("^ad")', true],
  ['.items | any(.size > 10)', true],
  ['.items | first | .name', 'x'],
  ['.items | last.name', 'y'],
  ['first(.items[] | select(.size > 1)).name', 'x'],
  ['.a | to_entries | map(.key)', ['b', 'c', 'name', 'on']],
  ['[1, .a.b[0], "z"]', [1, 1, 'z']],
  ['.a.b[0] + 2 * 3 - 1', 6],
  ['null + .a.name', 'Ada'],
  ['.a.b | tojson', '[1,2,3]'],
  ['(.a.b | tojson)[0:4]', '[1,2'],
  ['(.a.name | tostring)[1:99]', 'da'],
  [
    '(.items | map(.name)) as $n | {in: ($n | index("x") != null), out: ($n | index("q") != null)}',
    { in: true, out: false },
  ],
  [
    '[.a.b, .a.name, .a.c, .a.on, .a, .a.b[0]] | map(type)',
    ['array', 'string', 'null', 'boolean', 'object', 'number'],
  ],
  ['[(.missing // [])[] | select(. == "x" or . == "y")]', []],
])('%s', (filter, expected) => {
  expect(results(filter)).toEqual(expected);
});

test.each([
  ['reduce .items[] as $i (0; . + $i.size)', '"reduce"'],
  ['def f: .a; f', '"def"'],
  ['.items | group_by(.name)', 'group_by'],
  ['.items | add', 'add'],
  ['.a.b[1:2]', 'part of a list'],
  ['.a, .b', 'side by side'],
  ['[.items[].tags[]]', 'several results'],
  ['..', '".."'],
  ['.a + {b: 1}', 'takes over all members'],
  ['@base64', '@base64'],
  ['.a |= 1', '|='],
  ['.a["name"', 'missing before'],
  ['"unclosed', 'closing quote'],
  ['$missing', '$missing'],
])('what has no equivalent is refused with its reason: %s', (filter, reason) => {
  expect(() => results(filter)).toThrow(reason);
});
