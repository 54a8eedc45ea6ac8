// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the tests are written in our own language.
// Templates: values whose texts hold `${...}`. Method: compile and render real values and compare the whole outcome.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import {
  type CompiledTemplate,
  compileTemplate,
  type Scope,
} from '../../../machines/expressions/template.ts';

const scope = { w: { n: 3, s: 'text', t: true, z: null, list: [1, 'a'], map: { k: 'v' }, danger: '${w.n}' } };

function template(source: Json): CompiledTemplate {
  const compiled = compileTemplate(source);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));

  return compiled.template;
}

function render(source: Json, given: Scope = scope): unknown {
  const rendered = template(source).render(given);

  return rendered.ok ? rendered.value : rendered.error.message;
}

const texts: readonly (readonly [source: string, value: Json])[] = [
  ['${w.n}', 3],
  ['${ w.list }', [1, 'a']],
  ['${w.z}', null],
  [' ${w.n}', ' 3'],
  ['${w.s}-${w.n}-${w.t}-${w.z}', 'text-3-true-null'],
  ['${w.list} ${w.map}', '[1,"a"] {"k":"v"}'],
  ['${w.n}${w.n}', '33'],
  ['$${w.n}', '${w.n}'],
  ['$${w.n} is ${w.n}', '${w.n} is 3'],
  ['$$${w.n}', '$${w.n}'],
  ['costs $5 {x} }', 'costs $5 {x} }'],
  ['${w.danger}', '${w.n}'],
  ['<${w.danger}>', '<${w.n}>'],
  ['${{"a": {"b": w.n}}}', { a: { b: 3 } }],
  ['${"}"}', '}'],
  ['${"{" + \'}\' + "\\"}"}!', '{}"}!'],
  ['${"""a}"b"""}', 'a}"b'],
  ['${w.n // a } in a comment\n + 1}', 4],
  ['${${w.n} + 1}', 4],
  ['', ''],
];

test.each(texts)('renders %j', (source, value) => {
  expect(render(source)).toStrictEqual(value);
});

test('renders values deeply and leaves keys and other values alone', () => {
  const source = { '${w.n}': '${w.n}', deep: [{ x: 'n=${w.n}' }, 1, null, false], plain: '$${x}' };
  expect(render(source)).toStrictEqual({ '${w.n}': 3, deep: [{ x: 'n=3' }, 1, null, false], plain: '${x}' });
  expect(template(source).source).toBe(source);
});

test('knows a value without expressions', () => {
  expect(template({ a: ['x', 1, '$${y}'] }).constant).toBe(true);
  expect(template({ a: ['x', '${y}'] }).constant).toBe(false);
});

test('names a missing value instead of writing undefined', () => {
  expect(render('hello ${w.nobody}')).toBe(
    '${w.nobody}: w has no member nobody; it has n, s, t, z, list, map, danger',
  );
});

test('reports all problems at once, each with its path and its offset in the text', () => {
  const compiled = compileTemplate({ a: 'x ${1 +} y ${b.matched("z")}', l: ['ok', '${'], ok: '${fine}' });

  expect(compiled).toStrictEqual({
    ok: false,
    problems: [
      { message: 'unexpected token: the end', path: ['a'], offset: 7, expression: '1 +' },
      {
        message: 'there is no matched()',
        path: ['a'],
        offset: 13,
        expression: 'b.matched("z")',
      },
      {
        message: '"${" without its "}"; "$${" writes a literal one',
        path: ['l', 1],
        offset: 0,
        expression: '',
      },
    ],
  });
});

test('lists what the expressions read', () => {
  const paths = (source: Json) => template(source).references.map(({ path }) => path.join(' '));

  expect(paths('${workflow.input.x + scan_files.output.file_list[0].name}')).toStrictEqual([
    'workflow input x',
    'scan_files output file_list',
  ]);
  expect(paths('${tasks["any-id"].output.x}')).toStrictEqual(['tasks any-id output x']);
  expect(paths('${tasks[item.id].output.x}')).toStrictEqual(['item id', 'tasks']);
  expect(paths('${item}')).toStrictEqual(['item']);
  expect(paths('${loop.iteration}')).toStrictEqual(['loop iteration']);
  expect(paths('${a.list.map(x, x.y + b.z).size()}')).toStrictEqual(['a list', 'b z']);
  expect(paths('${[1].map(item, item.x)} ${item.x}')).toStrictEqual(['item x']);
  expect(paths('${has(a.output.x) ? a.output.x : c.?d.e.orValue(f)}')).toStrictEqual([
    'a output',
    'a output x',
    'c',
    'f',
  ]);
  expect(paths({ k: ['${a}', '${a}'] })).toStrictEqual(['a', 'a']);
  expect(template('${a.b} ${ c.d + 1 }').references).toStrictEqual([
    { path: ['a', 'b'], expression: 'a.b' },
    { path: ['c', 'd'], expression: 'c.d + 1' },
  ]);
});

test('bounds what it renders as a whole, and how deep it looks', () => {
  const big = { big: 'x'.repeat(250_000) };
  expect(template('${big}${big}${big}${big}').render(big)).toHaveProperty('ok', true);
  expect(template('${big}'.repeat(140)).render(big)).toHaveProperty('error.code', 'expression.limit');
  // Together they would be longer than any text V8 can hold.
  expect(template('${big}'.repeat(3000)).render(big)).toHaveProperty('error.code', 'expression.limit');
  expect(template(Array.from({ length: 140 }, () => '${big}')).render(big)).toHaveProperty(
    'error.code',
    'expression.limit',
  );

  let deep: Json = '${x}';
  for (let level = 0; level < 65; level += 1) deep = [deep];
  expect(compileTemplate(deep)).toHaveProperty('problems.0.message', 'the value nests deeper than 64');
});
