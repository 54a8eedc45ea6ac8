// Expressions that can only fail, or can only have one answer, are refused before a run; what is not known is trusted.
// Method: a definition with inputs of known types and tasks of known outputs, one expression at a time, with every
// problem it must give, as `line:column message`.
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { definitionText } from '../../../support/definition-text.ts';

const head = `
  input:
    required: [any, name, count, ratio, strict, folders, options, mode]
    properties:
      name: {type: string}
      count: {type: integer}
      ratio: {type: number}
      strict: {type: boolean}
      folders: {type: array}
      options: {type: object}
      mode: {enum: [fast, slow]}
  variables: {total: 0, label: a, mixed: 1}
`;
const before = `
  - {id: ask, type: HUMAN}
  - {id: each, type: FORK, for_each: workflow.input.folders, task: {id: one, input: "\${index}"}}
  - {id: call, type: HTTP, request: {url: "http://example.test"}}
  - {id: set, type: SET_VARIABLE, variables: {mixed: "b", total: 2}}
  - {id: made, type: TRANSFORM, output: {fixed: "a/b.yaml", open: "\${workflow.input.any}"}}
`;

/** The task with the expression is on line 22, where its key begins in column 34. */
function messagesOf(key: string, text: string): readonly string[] {
  const reader = `- {id: t, type: NOOP, depends_on: [ask, each, call, set, made]}\n- {id: u, depends_on: t, ${key}: '${text}'}`;
  const content = definitionText(`${before.trim().replaceAll(/^ {2}/gm, '')}\n${reader}`, head);
  const result = loadDefinition({ file: 'w.yaml', content });

  return result.ok
    ? []
    : result.problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

describe('a condition is refused', () => {
  test.each([
    ['that is a text', 'workflow.input.name', 'a condition is true or false, and this is text'],
    ['that is a number', 'workflow.input.count + 1', 'a condition is true or false, and this is a number'],
    ['that is a status', 'call.status', 'a condition is true or false, and this is text'],
    ['that is a list', 'each.output.results', 'a condition is true or false, and this is a list'],
    [
      'that is a text either way',
      'workflow.input.any ? "a" : "b"',
      'a condition is true or false, and this is text',
    ],
    [
      'that compares a text with a number',
      'workflow.input.name == 5',
      '"==" is always false here: text never equals a number',
    ],
    [
      'that compares an enumerated text with true',
      'workflow.input.mode != true',
      '"!=" is always true here: text never equals true or false',
    ],
    [
      'that orders a text and a number',
      'workflow.input.name < workflow.input.count',
      '"<" compares two numbers or two texts, and this is text and a number',
    ],
    [
      'that calculates with an output that is text',
      'ask.output.decision - 1 > 0',
      '"-" takes two numbers, and this is text and a number',
    ],
    [
      'that asks whether a text is true',
      'workflow.input.strict && workflow.input.name',
      '"&&" needs true or false, and this is text',
    ],
    ['that negates a number', '!workflow.input.count', '"!" needs true or false, and this is a number'],
    [
      'that looks into a text with "in"',
      '"a" in workflow.input.name',
      '"in" looks into a list or the keys of a map; a text has contains()',
    ],
    ['that asks a number for members', 'workflow.input.count.size == 1', 'a number has no members'],
    [
      'that asks a list for a name',
      'workflow.input.folders["first"]',
      'an item of a list has a number, and this is text',
    ],
    [
      'that asks for the size of a number',
      'size(call.output.status) > 2',
      'size() takes text or a list or a map here, and this is a number',
    ],
    [
      'that gives a number to startsWith',
      'workflow.input.name.startsWith(1)',
      'startsWith() takes text here, and this is a number',
    ],
    [
      'that walks a text',
      'workflow.input.name.exists(c, true)',
      'exists() walks a list or the keys of a map, and this is text',
    ],
    [
      'that walks by a number',
      'workflow.input.folders.all(f, 1)',
      'all() needs true or false, and this is a number',
    ],
    [
      'that compares a variable with what it never is',
      'workflow.variables.total == "2"',
      '"==" is always false here: a number never equals text',
    ],
    [
      'that compares a fixed output',
      'made.output.fixed == 1',
      '"==" is always false here: text never equals a number',
    ],
    ['with a function nobody knows', 'lenght(workflow.input.name) > 1', 'there is no lenght()'],
    ['with too many arguments', 'size(workflow.input.name, 1) > 1', 'size() takes 1 arguments, not 2'],
    [
      'that reads an output its task never has',
      'each.output.reslts.size() > 0',
      'the output of the FORK "each" has no "reslts"; did you mean "results"?',
    ],
  ])('%s', (_, text, message) => {
    expect(messagesOf('when', text)).toEqual([message]);
  });
});

describe('nothing is said of', () => {
  test.each([
    ['a value of no known type', 'workflow.input.any'],
    ['an untyped value compared with anything', 'workflow.input.any == 1 || workflow.input.any == "1"'],
    ['what may be null', 'workflow.input.name == null || ask.output.comment == null'],
    ['a number with and without a fraction', 'workflow.input.ratio * 2 >= workflow.input.count'],
    ['a variable of several types', 'workflow.variables.mixed == "b" && workflow.variables.mixed != 1'],
    ['a member that may be missing', 'has(workflow.input.options.a) && workflow.input.options.a'],
    ['an optional member', 'workflow.input.options.?deep.?er.orValue(false)'],
    ['the item of a walk', 'workflow.input.folders.exists(f, f.size() > 1 && f < "b" && f + 1 > 2)'],
    ['a name that a walk takes over', 'workflow.input.folders.exists(workflow, workflow.input.name)'],
    ['an output made of expressions', 'made.output.open == 1'],
    ['what was answered', 'call.output.body.ok && call.output.headers["x-a"] == "1"'],
    ['a list that is looked into', '"a" in workflow.input.folders && "b" in workflow.input.options'],
    ['a choice of different types', '(workflow.input.strict ? 1 : "a") == 1'],
  ])('%s', (_, text) => {
    expect(messagesOf('when', text)).toEqual([]);
  });
});

test.each([
  [
    'a template',
    'input',
    'of ${workflow.input.count + "s"}',
    '"+" takes two numbers, two texts or two lists (string(x) makes a text), and this is a number and text',
  ],
  ['a whole value', 'input', '${-workflow.input.name}', 'the sign "-" needs a number, and this is text'],
  ['a mapping', 'output', '', undefined],
])('expressions inside of %s are looked at', (_, key, text, message) => {
  expect(messagesOf(key, text)).toEqual(message === undefined ? expect.any(Array) : [message]);
});

test('what is wrong is marked where it stands', () => {
  const tasks =
    '- {id: a, input: "${workflow.input.n} and ${1 + workflow.input.n}"}\n- {id: w, type: WAIT, until: "${3}"}\n- {id: f, type: FORK, for_each: "4", task: {id: g}}';
  const content = definitionText(tasks, 'input: {properties: {n: {type: string}}}');
  const result = loadDefinition({ file: 'w.yaml', content });
  expect(
    result.ok ? [] : result.problems.map((each) => [each.line, each.column, each.length, each.code]),
  ).toEqual([
    [6, 49, 20, 'definition.type-mismatch'],
    [7, 35, 4, 'definition.type-mismatch'],
    [8, 38, 1, 'definition.type-mismatch'],
  ]);
});

test('a definition of 500 tasks, each of which reads what is known, loads without a word', () => {
  const tasks = Array.from({ length: 500 }, (_, index) => {
    const after = index === 0 ? '' : `, depends_on: t${index - 1}, when: "t${index - 1}.output.x > ${index}"`;
    return `- {id: t${index}, uses: x, input: {a: "\${workflow.input.name + string(${index})}"}${after}}`;
  });
  const content = definitionText(
    tasks.join('\n'),
    'input: {properties: {name: {type: string}}, required: [name]}',
  );
  expect(loadDefinition({ file: 'w.yaml', content })).toMatchObject({ ok: true, warnings: [] });
});

test('what was registered before its types were known loads all the same', () => {
  const content = definitionText(
    `- {id: f, type: FORK, for_each: "['a']", task: {id: each, when: item > 3}}`,
  );
  expect(loadDefinition({ file: 'w.yaml', content }).ok).toBe(false);
  expect(loadDefinition({ file: 'w.yaml', content, isAccepted: true }).ok).toBe(true);
});

test('where a fallback may stand in, nothing is known of the items that the task itself would give', () => {
  const content = definitionText(
    `- {id: s, type: SET_VARIABLE, variables: {list: [1, 2]}, fallback: t}
- {id: t, type: SET_VARIABLE, variables: {list: [x]}}
- {id: each, depends_on: s, type: FORK, for_each: s.output.list, tasks: [{id: w, when: item == "x", type: NOOP}]}`,
    '  variables: {list: []}',
  );
  const result = loadDefinition({ file: 'w.yaml', content });

  expect(result.ok ? [] : result.problems.map(({ message }) => message)).toEqual([]);
});
