// A script of Conductor and the expression that it becomes give the same value. Method: the script runs as JavaScript,
// the expression by our own evaluator, over the same inputs.
import { expect, test } from 'vitest';
import type { Json } from '../../../events/canonical-json.ts';
import { compileTemplate } from '../../../machines/expressions/template.ts';
import { fromJson, member, named } from '../../../src/importers/conductor/cel/make.ts';
import type { Inputs } from '../../../src/importers/conductor/script/statements.ts';
import { translateScript } from '../../../src/importers/conductor/script/translate-script.ts';
import { celTemplate } from '../../../src/importers/conductor/templates.ts';

const data = {
  amount: 12.5,
  count: 3,
  name: 'Ada',
  empty: '',
  off: false,
  none: null,
  list: [
    { name: 'a', size: 5 },
    { name: 'b', size: 20 },
  ],
  words: ['x', 'y'],
  user: { login: 'ada', tags: ['p', 'q'] },
} satisfies Record<string, Json>;

const inputs: Inputs = {
  read: (path) =>
    path.reduce((of, segment) => {
      if (segment.kind === 'name') return member(of, segment.name);
      return segment.kind === 'index' ? member(of, segment.index) : of;
    }, named('input')),
  whole: () => named('input'),
};

function translated(source: string): Json {
  const compiled = compileTemplate(celTemplate(translateScript(source, inputs)));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const rendered = compiled.template.render({ input: data });
  if (!rendered.ok)
    throw new Error(`${rendered.error.message} in ${JSON.stringify(compiled.template.source)}`);

  return rendered.value;
}

test.each([
  ['$.amount * 2 + $.count', 28],
  ["$.count < 15 ? 'LONG' : 'SHORT'", 'LONG'],
  ["if ($.count > 2) { 'many'; } else { 'few'; }", 'many'],
  ['if ($.count == 3) { true; } else { false; }', true],
  ['(function () { return $.list.length; })();', 2],
  ['function f() { return $.user.login; } f();', 'ada'],
  ["(() => 'hello ' + $.name)()", 'hello Ada'],
  ['return {testvalue: $.count - 1, ok: true}', { testvalue: 2, ok: true }],
  ["var i = 10; if ($.count == 1) { return {v: i} } else { return {v: i + 3, t: 'no'} }", { v: 13, t: 'no' }],
  ["$.words.indexOf('y') >= 0", true],
  ["$.words.indexOf('z') === -1", true],
  ["$.name.indexOf('d') > -1", true],
  ["$.words.includes('x') && $.name.includes('Ad')", true],
  ["$.empty || 'fallback'", 'fallback'],
  ["$.off || $.none || 0 || 'last'", 'last'],
  ["$.none ?? 'nothing'", 'nothing'],
  ['$.name && $.count', 3],
  ['!$.empty && !!$.list', true],
  ['$.list.filter(n => n.size > 10).map(function (n) { return n.name; })', ['b']],
  ['$.list.some(n => n.size > 10) && !$.list.every(n => n.size > 10)', true],
  ['$.list.find(n => n.size > 10).name', 'b'],
  ['Object.keys($.user)', ['login', 'tags']],
  ["$.user.tags.join('-') + $.name.toUpperCase() + $.name.toLowerCase()", 'p-qADAada'],
  ['Math.ceil($.amount) + Math.floor($.amount) + Math.round(-2.5) + Math.max(1, $.count)', 26],
  ['[...$.words, $.count]', ['x', 'y', 3]],
  ["'4000' / 100", 40],
  ['`${$.name} has ${$.count}`', 'Ada has 3'],
  ["/^a/i.test($.name) ? 'yes' : 'no'", 'yes'],
  [
    "switch ($.count) { case 1: case 3: return 'odd'; case 2: return 'even'; default: return 'other' }",
    'odd',
  ],
  ['var r = {}; r.a = $.count; if ($.off) { r.b = 1; } else { r.b = 2; } return r;', { a: 3, b: 2 }],
  ["var l = []; l.push($.name); l.push('z'); return l;", ['Ada', 'z']],
  ['let x = 1; x += $.count; x', 4],
  ['$.name.substring(0, 2) + $.name.substring(1, 99)', 'Adda'],
  ["$['user']['tags'][1]", 'q'],
  ['-$.count % 2', -1],
  ['$.missing == null', true],
  ['(function (a, b) { return a - b; })($.count, 1)', 2],
  ["$.name === 'Ada' && $.count !== 4", true],
])('%s', (source, value) => {
  expect(runAsJavaScript(source)).toEqual(value);
  expect(translated(source)).toEqual(value);
});

/** The value of the last statement, or of a `return` outside of any function, as the engines of Conductor give it. */
function runAsJavaScript(source: string): unknown {
  try {
    return new Function('$', `return eval(${JSON.stringify(source)})`)(data);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new Function('$', source)(data);
  }
}

test.each([
  ['new Date().getTime()', 'clock'],
  ['Math.random() * 5', 'Math.random()'],
  ['for (var i = 0; i < 3; i++) {} i', 'for loop'],
  ['while (true) {}', 'while loop'],
  ['try { 1 } catch (e) { 2 }', 'try'],
  ["throw new Error('x')", 'throw'],
  ['var s = 0; $.list.forEach(function (n) { s += n.size; }); s', 'forEach'],
  ['$.list.reduce((a, b) => a + b.size, 0)', 'reduce'],
  ["$.words.indexOf('y')", 'place of an item'],
  ["$.name.replace('A', 'B')", 'first place'],
  ['unknown + 1', '"unknown" is not known'],
  ['this is no script', 'cannot be parsed'],
  ['function f() { return 1; }', 'nobody calls'],
  ['function f() { return f(); } f()', 'too deep'],
  [`${'if ($.count > 1) { x = 1; } '.repeat(20)}`.replace(/^/, 'var x = 0; '), 'too many branches'],
  ['({ ...$.user })', 'takes over all members'],
  ['java.lang.System.exit(1)', 'not known'],
])('what has no equivalent is refused with its reason: %s', (source, reason) => {
  expect(() => translated(source)).toThrow(reason);
});

test('a text that looks like an expression of ours stays a text', () => {
  expect(celTemplate(fromJson('cost ${5}'))).toBe('cost $${5}');
  expect(translated("'a ' + '$' + '{b}'")).toBe('a ${b}');
});
