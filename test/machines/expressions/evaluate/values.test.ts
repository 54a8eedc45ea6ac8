// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the tests are written in our own language.
// What expressions mean: numbers as JSON has them, texts, lists, maps, optionals and loops. Method: tables of an
// expression and the whole answer it must give, over one scope of plain JSON.
import { expect, test } from 'vitest';
import { answer } from '../evaluate.ts';

const scope = {
  workflow: {
    input: { qty: 7, ratio: 0.5, name: 'orders', strict_mode: false, nothing: null, 'odd-key': 1 },
  },
  a: {
    status: 'COMPLETED',
    output: { n: 3, list: [10, 20, 30], people: [{ name: 'Ada', age: 36 }, { name: 'Bob' }] },
  },
  skipped: { status: 'SKIPPED' },
  tasks: { 'any-id': { output: { x: 'deep' } } },
  loop: { iteration: 4 },
  item: { id: 'i1' },
  index: 1,
};

const numbers = [
  ['workflow.input.qty + 1', 8],
  ['workflow.input.qty * 1.5 - 2', 8.5],
  ['workflow.input.qty / 2', 3.5],
  ['7 / 2', 3.5],
  ['int(7 / 2)', 3],
  ['workflow.input.qty % 2', 1],
  ['-workflow.input.qty % 4', -3],
  ['workflow.input.ratio + workflow.input.ratio == 1', true],
  ['a.output.n > 2', true],
  ['a.output.n >= 3.0', true],
  ['a.output.n == 3 && 3 == a.output.n', true],
  ['size(a.output.list) + 1', 4],
  ['a.output.list[0]', 10],
  ['a.output.list[index]', 20],
  ['a.output.list[size(a.output.list) - 1]', 30],
  ['a.output.list[index + 1.0]', 30],
  ['loop.iteration + 1', 5],
  ['0x10 + 1', 17],
  ['-(0)', 0],
  ['abs(-2.5) + floor(1.9) + ceil(1.1)', 5.5],
  ['[round(2.5), round(-2.5), round(2.4), round(-0.2)]', [3, -3, 2, 0]],
  ['min(3, 1, 2) + max(a.output.list)', 31],
  ['[int("42"), int(-3.9), double("2.5e1"), double(3)]', [42, -3, 25, 3]],
] as const;

test.each(numbers)('computes %s', (expression, value) => {
  expect(answer(expression, scope)).toStrictEqual({ value });
});

const texts = [
  ['"a" + string(1) + string(true) + string(0.5)', 'a1true0.5'],
  ['workflow.input.name.startsWith("ord") && workflow.input.name.endsWith("ers")', true],
  ['workflow.input.name.contains("rde") && !workflow.input.name.contains("x")', true],
  ['size("añ😀") == 3 && "añ😀".size() == 3', true],
  ['"añ😀b".substring(1, 3)', 'ñ😀'],
  ['"😀b".indexOf("b") + "abab".lastIndexOf("b") + "x".indexOf("y")', 3],
  ['"a,b,,c".split(",")', ['a', 'b', '', 'c']],
  ['["a", "b"].join("-") + ["c"].join()', 'a-bc'],
  ['"a.b.c".replace(".", "/")', 'a/b/c'],
  ['" Ab ".trim().lowerAscii() + "é".upperAscii()', 'abé'],
  ['json({"b": [1, null], "a": workflow.input.name})', '{"b":[1,null],"a":"orders"}'],
  ['[bool("true"), bool("false"), bool(true)]', [true, false, true]],
  [`r"\\d" + 'it''s'`.replace("''", "\\'"), "\\dit's"],
  ['"a" < "b" && "10" < "9"', true],
] as const;

test.each(texts)('computes %s', (expression, value) => {
  expect(answer(expression, scope)).toStrictEqual({ value });
});

const structures = [
  ['tasks["any-id"].output.x', 'deep'],
  ['workflow.input["odd-key"]', 1],
  ['a.output', scope.a.output],
  ['{"k": a.output.n, "l": [1, "x", null, true]}', { k: 3, l: [1, 'x', null, true] }],
  ['{"k": 1}.k + {"k": 2}["k"]', 3],
  ['[1, 2] + [3]', [1, 2, 3]],
  ['[1, {"a": [2]}] == [1.0, {"a": [2]}]', true],
  ['{"a": 1, "b": 2} == {"b": 2, "a": 1} && {"a": 1} != {"b": 1}', true],
  ['20 in a.output.list && !("x" in a.output.list) && "n" in a.output', true],
  ['"toString" in a.output', false],
  ['workflow.input.nothing == null', true],
  ['a.status == "COMPLETED" ? "yes" : "no"', 'yes'],
  ['a.output.people.map(p, p.name)', ['Ada', 'Bob']],
  ['a.output.people.filter(p, has(p.age)).map(p, p.age)', [36]],
  ['a.output.people.map(p, has(p.age), p.age)', [36]],
  ['a.output.list.all(x, x > 5) && a.output.list.exists(x, x == 20)', true],
  ['a.output.list.exists_one(x, x > 20)', true],
  ['{"x": 1, "y": 2}.map(k, k)', ['x', 'y']],
  [
    '[1, 2].map(x, [10, 20].map(y, x + y))',
    [
      [11, 21],
      [12, 22],
    ],
  ],
  ['[1, 2].map(x, [3].map(x, x))', [[3], [3]]],
  ['[1].map(item, item)', [1]],
] as const;

test.each(structures)('computes %s', (expression, value) => {
  expect(answer(expression, scope)).toStrictEqual({ value });
});

const absences = [
  ['has(a.output.n)', true],
  ['has(a.output.x)', false],
  ['has(skipped.output.x.y)', false],
  ['has(tasks["any-id"].output.y)', false],
  ['has(workflow.input.nothing)', true],
  ['has(workflow.input.nothing.x)', false],
  ['a.output.?x.orValue(1)', 1],
  ['a.output.?n.orValue(1)', 3],
  ['skipped.?output.x.orValue("none")', 'none'],
  ['a.output.list[?9].orValue(0) + a.output.list[?0].orValue(0)', 10],
  ['a.output.?x.or(a.output.?n).orValue(0)', 3],
  ['a.output.?n.or(a.output.?x).value() + workflow.?input.?qty.or(a.?y).orValue(0)', 10],
  ['a.output.?n.hasValue() && !a.output.?x.hasValue()', true],
  ['a.output.?n.value()', 3],
  ['workflow.input.?nothing.orValue(1)', null],
] as const;

test.each(absences)('copes with what may be missing: %s', (expression, value) => {
  expect(answer(expression, scope)).toStrictEqual({ value });
});

// E6 of the bad-input list: nothing is converted in silence.
const strictness = [
  ['"5" == 5', false],
  ['"false" == false', false],
  ['0 == false || null == false || "" == null', false],
  ['1 == true', false],
  ['[] == {}', false],
  ['[1] == "1"', false],
] as const;

test.each(strictness)('converts nothing to compare: %s', (expression, value) => {
  expect(answer(expression)).toStrictEqual({ value });
});

test('lets the side of "&&" and "||" that decides win over one that fails', () => {
  expect(answer('missing.x > 1 || true')).toStrictEqual({ value: true });
  expect(answer('missing.x > 1 && false')).toStrictEqual({ value: false });
  expect(answer('[{}, {"a": 1}].exists(x, x.a == 1)')).toStrictEqual({ value: true });
  expect(answer('${missing.x > 1 || false}')).toHaveProperty(
    'error.message',
    '${missing.x > 1 || false}: there is no missing',
  );
});

const lists = [
  ['sum(a.output.list) + sum([])', 60],
  ['[avg(1, 2), avg(a.output.list), max(a.output.list)]', [1.5, 20, 30]],
  ['[3, 1, 2].sort() + ["b", "a"].sort()', [1, 2, 3, 'a', 'b']],
  ['a.output.people.sort_by(p, p.name).map(p, p.name)', ['Ada', 'Bob']],
  ['["ab", "cd", "ae"].sort_by(w, w.substring(0, 1))', ['ab', 'ae', 'cd']],
  ['[1, 1.0, "1", [1], [1], null, null].distinct()', [1, '1', [1], null]],
  ['a.output.list.slice(1) + a.output.list.slice(0, 1) + a.output.list.slice(3)', [20, 30, 10]],
  ['[1, 2].reverse() + [[1], 2, [[3]]].flatten()', [2, 1, 1, 2, [3]]],
  [
    'zip(["a", "b"], a.output.list.slice(0, 2))',
    [
      ['a', 10],
      ['b', 20],
    ],
  ],
  ['merge({"a": 1, "b": 1}, {"b": 2}, {})', { a: 1, b: 2 }],
  ['["ab", "c", "ad"].group_by(w, w.substring(0, 1))', { a: ['ab', 'ad'], c: ['c'] }],
  ['a.output.list.reduce(so_far, x, 0, so_far + x)', 60],
  ['[[1, 2], [3]].reduce(all, row, [], all + row.map(x, x * 2))', [2, 4, 6]],
  ['[1, 2].map(x, [10, 20].reduce(sum, y, x, sum + y))', [31, 32]],
] as const;

test.each(lists)('computes %s', (expression, value) => {
  expect(answer(expression, scope)).toStrictEqual({ value });
});

const coded = [
  [`parse_json('{"a": [1, null]}').a[0]`, 1],
  ['parse_json(json(a.output)) == a.output', true],
  ['base64("Grüße") + "|" + from_base64("R3LDvMOfZQ==")', 'R3LDvMOfZQ==|Grüße'],
  ['sha256("abc").substring(0, 8)', 'ba7816bf'],
  ['uuid("order 7") == uuid("order 7") && uuid("order 7") != uuid("order 8")', true],
  ['regex(uuid("a"), "^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")', true],
] as const;

test.each(coded)('computes %s', (expression, value) => {
  expect(answer(expression, scope)).toStrictEqual({ value });
});

const moment = 'timestamp("2026-03-08T07:30:00.250Z")';
const times = [
  [moment, '2026-03-08T07:30:00.250Z'],
  ['timestamp("2026-03-08T02:30:00-05:00")', '2026-03-08T07:30:00Z'],
  ['timestamp("2026-03-08") + duration("36h")', '2026-03-09T12:00:00Z'],
  ['[timestamp(0), {"at": timestamp(1.5)}]', ['1970-01-01T00:00:00Z', { at: '1970-01-01T00:00:01.500Z' }]],
  ['timestamp("2026-03-09T00:00:00Z") - timestamp("2026-03-08T22:30:00Z")', '5400s'],
  ['timestamp("2026-03-08") - duration("1ms")', '2026-03-07T23:59:59.999Z'],
  ['[duration("1h30m") + duration("2d"), -duration("1.5s"), duration("-90s")]', ['178200s', '-1.5s', '-90s']],
  ['timestamp("2026-01-01") < timestamp("2026-01-02") && duration("60s") == duration("1m")', true],
  ['timestamp("2026-01-01T01:00:00+01:00") == timestamp("2026-01-01")', true],
  ['timestamp("2026-01-01") == "2026-01-01T00:00:00Z"', false],
  ['["2026-02-01", "2026-01-01"].map(t, timestamp(t)).sort()[0]', '2026-01-01T00:00:00Z'],
  [
    `[${moment}.getHours(), ${moment}.getHours("America/New_York"), ${moment}.getHours("+05:30")]`,
    [7, 3, 13],
  ],
  ['timestamp("2026-03-08T06:59:59Z").getHours("America/New_York")', 1],
  [
    `[${moment}.getFullYear(), ${moment}.getMonth(), ${moment}.getDate(), ${moment}.getDayOfMonth()]`,
    [2026, 2, 8, 7],
  ],
  [
    `[${moment}.getDayOfWeek(), ${moment}.getDayOfYear(), ${moment}.getMinutes(), ${moment}.getMilliseconds()]`,
    [0, 66, 30, 250],
  ],
  [
    '[duration("1h30m").getMinutes(), duration("1h30m").getHours(), duration("90.5s").getMilliseconds()]',
    [90, 1, 500],
  ],
  [
    `${moment}.format("EEEE, dd MMMM yyyy HH:mm:ss.SSS ZZ", "Europe/Berlin")`,
    'Sunday, 08 March 2026 08:30:00.250 +01:00',
  ],
  [`"at " + string(${moment}) + ", " + string(int(${moment}))`, 'at 2026-03-08T07:30:00.250Z, 1772955000'],
  [`json({"at": timestamp(0)})`, '{"at":"1970-01-01T00:00:00Z"}'],
  ['has({"at": timestamp(0)}.at.ms)', false],
] as const;

test.each(times)('computes %s', (expression, value) => {
  expect(answer(expression, scope)).toStrictEqual({ value });
});
