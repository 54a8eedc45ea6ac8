// What is known of an expression without any value. A fault must be certain: the same expression has to fail, or give
// the one answer, whatever the values are. Method: one expression at a time, its type or its one fault; then every
// fault is held against the evaluation itself, over values of the types that were claimed.
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../events/canonical-json.ts';
import { compileExpression } from '../../../../machines/expressions/condition.ts';
import { checkTypes } from '../../../../machines/expressions/typing/check-types.ts';
import type { ValueType } from '../../../../machines/expressions/typing/typing.ts';

const types: Readonly<Record<string, ValueType>> = {
  n: 'number',
  t: 'text',
  b: 'boolean',
  l: 'list',
  m: 'map',
  a: 'any',
};
const known = (path: readonly string[]): ValueType =>
  path.length === 1 ? (types[path[0] ?? ''] ?? 'any') : 'any';

test.each<[string, ValueType]>([
  ['1', 'number'],
  ['"x"', 'text'],
  ['true', 'boolean'],
  ['null', 'null'],
  ['[n]', 'list'],
  ['{"k": n}', 'map'],
  ['n + 1', 'number'],
  ['a + t', 'text'],
  ['a + a', 'any'],
  ['a * a', 'number'],
  ['a < a', 'boolean'],
  ['a in l', 'boolean'],
  ['-a', 'number'],
  ['!a', 'boolean'],
  ['a && a', 'boolean'],
  ['b ? n : 2', 'number'],
  ['b ? n : t', 'any'],
  ['json(l).startsWith("[") ? "x" in l : l.contains("x")', 'boolean'],
  ['type(t) == list ? t[0] : t', 'any'],
  ['has(m.x)', 'boolean'],
  ['m.x', 'any'],
  ['size(a)', 'number'],
  ['string(n)', 'text'],
  ['t.split(",")', 'list'],
  ['l.map(x, x)', 'list'],
  ['l.filter(x, true)', 'list'],
  ['l.all(x, true)', 'boolean'],
  ['m.?x.hasValue()', 'boolean'],
  ['m.?x.orValue(1)', 'any'],
  ['n +', 'any'],
  ['nobody(1)', 'any'],
])('%s is of the type %s', (source, type) => {
  expect(checkTypes(source, known)).toEqual({ type, faults: [] });
});

const faulty = [
  't + n',
  'm + m',
  'b * n',
  't < n',
  'b < n',
  't == n',
  'l != m',
  't in t',
  'n in m',
  'a in n',
  '-t',
  '!n',
  'b && t',
  't || b',
  't ? 1 : 2',
  'n.x',
  't.x.y',
  'l["x"]',
  'm[n]',
  '{n: 1}',
  'size(n)',
  'string(l)',
  'int(b)',
  'abs(t)',
  'max(t, n)',
  'regex(n, "x")',
  't.contains(n)',
  'n.trim()',
  't.substring("a")',
  't.join(",")',
  'l.join(n)',
  't.map(x, x)',
  'l.filter(x, 1)',
  'l.map(x, "y", x)',
];

describe('a fault is found, once, in', () => {
  test.each(faulty)('%s', (source) => {
    expect(checkTypes(source, known).faults).toHaveLength(1);
  });
});

describe('a fault is certain in', () => {
  const scopes: readonly Readonly<Record<string, Json>>[] = [
    { n: 0, t: '', b: false, l: [1], m: { x: 1 }, a: 1 },
    { n: 2, t: 'true', b: true, l: ['x', true], m: { '2': 'x' }, a: 'x' },
  ];

  test.each(faulty.filter((source) => source !== 'b && t' && source !== 't || b'))('%s', (source) => {
    const compiled = compileExpression(source);
    if (!compiled.ok) throw new Error(compiled.problems[0]?.message ?? '');
    const results = scopes.map((scope) => {
      const rendered = compiled.expression.render(scope);
      return rendered.ok ? JSON.stringify(rendered.value) : 'fails';
    });
    expect(new Set(results).size).toBe(1);
    expect(['fails', 'true', 'false']).toContain(results[0]);
  });
});

test('a fault says where it is', () => {
  expect(checkTypes('b && (n + ${t}) > 1', known).faults).toEqual([
    { message: expect.stringContaining('"+" takes two numbers'), start: 6, end: 13 },
  ]);
});
