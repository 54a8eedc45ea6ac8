// What people write into a *.test.yaml is read exactly, and everything that is wrong with it is told at once, where it
// stands. Method: small files and one small definition.
import { expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { loadCases } from '../../../../machines/prover/cases/load-cases.ts';

const definition = `
workflow:
  id: pay
  version: 1
  input: {required: [month]}
  tasks:
    - {id: ask, uses: noop}
    - {id: agree, type: HUMAN, wait_for_approval: true, depends_on: ask}
    - {id: paid, type: WAIT, signal: order.paid, depends_on: agree}
    - {id: bill, type: SUB_WORKFLOW, workflow: billing, depends_on: paid}
`;

function problemsIn(content: string): readonly string[] {
  const loaded = loadCases({ file: 'pay.test.yaml', content });
  const read = loadDefinition({ file: 'pay.yaml', content: definition });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const problems = loaded.ok ? loaded.misfits(read.loaded.definition) : loaded.problems;

  return problems.map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`);
}

const one = (lines: string): string => `test:\n  cases:\n    - name: a\n      expect: {}\n${lines}`;

test('a result is a value, a failure, silence, or a list of them by attempt', () => {
  const content = one(`      results:
        plain: {summary: above}
        text: quick
        meant: {give: silence}
        mapped: {give: 1, more: 2}
        broken: {fail: {code: agent.busy, retryable: true}}
        never: silence
        several: {attempts: [{fail: {code: x}}, 7, silence]}`);
  const loaded = loadCases({ file: 'a', content });

  const give = (value: unknown) => ({ kind: 'give', value });
  const fail = (code: string, retryable: boolean) => ({
    kind: 'fail',
    error: { code, message: 'the case has it fail', retryable },
  });
  expect(loaded.ok && loaded.cases[0]?.results).toEqual({
    plain: [give({ summary: 'above' })],
    text: [give('quick')],
    meant: [give('silence')],
    mapped: [give({ give: 1, more: 2 })],
    broken: [fail('agent.busy', true)],
    never: [{ kind: 'silence' }],
    several: [fail('x', false), give(7), { kind: 'silence' }],
  });
});

test('answers and the ends of other runs may differ from time to time', () => {
  const content = one(`      answers: {agree: approve, other: [{decision: approve, by: ana}, reject]}
      children: {bill: [{status: FAILED, error: {code: bill.none}}, {status: COMPLETED, output: {n: 1}}]}
      signals: {order.paid: {id: 7}, order.lost: silence}`);
  const loaded = loadCases({ file: 'a', content });

  expect(loaded.ok && loaded.cases[0]).toMatchObject({
    answers: { agree: [{ kind: 'approve' }], other: [{ kind: 'approve', by: 'ana' }, { kind: 'reject' }] },
    children: {
      bill: [
        { kind: 'end', status: 'FAILED', error: { code: 'bill.none' } },
        { kind: 'end', status: 'COMPLETED', output: { n: 1 } },
      ],
    },
    signals: { 'order.paid': { kind: 'give', value: { id: 7 } }, 'order.lost': { kind: 'silence' } },
  });
});

test.each([
  [
    'the file is no mapping',
    '- a',
    ['1:1 cases.not-a-mapping expected a mapping with the key "test", found a list'],
  ],
  ['there are no cases', 'test: {cases: []}', ['1:15 cases.out-of-range the list of cases is empty']],
  [
    'a key is misspelt',
    one('      reslts: {ask: 1}'),
    ['5:7 cases.unknown-key unknown key "reslts"; did you mean "results"?'],
  ],
  [
    'nothing is expected',
    'test:\n  cases:\n    - name: a',
    ['3:7 cases.missing-key the key "expect" is missing'],
  ],
  [
    'a failure is misspelt',
    one('      results: {ask: {fail: {coed: x}}}'),
    ['5:30 cases.unknown-key unknown key "coed"; did you mean "code"?'],
  ],
  [
    'an answer is none',
    one('      answers: {agree: aprove}'),
    [
      '5:24 cases.bad-value expected approve, reject, change, silence, found "aprove"; did you mean "approve"?',
    ],
  ],
  [
    'two cases have one name',
    `${one('    - {name: a, expect: {}}')}`,
    ['5:14 cases.duplicate-name there is a case "a" already (first on line 3)'],
  ],
  ['the YAML is broken', 'test: [', ['1:8 yaml.syntax']],
])('%s: it says so where it stands', (_, content, expected) => {
  const problems = problemsIn(content);

  expect(problems).toHaveLength(expected.length);
  for (const [index, text] of expected.entries()) expect(problems[index]).toContain(text);
});

test('names that the definition does not have are told with those that were likely meant', () => {
  const content = one(`      input: {moth: 1}
      results: {asc: 1, agree: 2}
      signals: {order.piad: 1}
      children: {"bill[0].bil": {status: COMPLETED}}
      expect: {tasks: {pad: COMPLETED}, path: [ask, argee]}`).replace('      expect: {}\n', '');

  expect(problemsIn(content)).toEqual([
    '4:15 cases.unknown-name the definition has no input "moth"; did you mean "month"?',
    '5:17 cases.unknown-task the definition has no task "asc"; did you mean "ask"?',
    '5:25 cases.wrong-key agree is a HUMAN task: say it under "answers"',
    '6:17 cases.unknown-name the definition has no task that waits for the signal "order.piad"; did you mean "order.paid"?',
    '7:18 cases.unknown-task the definition has no task "bill[0].bil"; did you mean "bill"?',
    '8:24 cases.unknown-task the definition has no task "pad"; did you mean "paid"?',
    '8:53 cases.unknown-task the definition has no task "argee"; did you mean "agree"?',
  ]);
});
