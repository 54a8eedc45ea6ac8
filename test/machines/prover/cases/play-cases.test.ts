// A case says what comes from outside and what is expected; whatever it leaves open goes well. Method: one definition
// with everything that somebody has to answer, on a real engine, and what is said of cases that are wrong.
import { expect, test } from 'vitest';
import { type LoadedDefinition, loadDefinition } from '../../../../machines/language/load-definition.ts';
import { loadCases } from '../../../../machines/prover/cases/load-cases.ts';
import { playCases } from '../../../../machines/prover/cases/play-cases.ts';
import { createRehearsals } from '../../../../src/compose/rehearsal.ts';

const ordered = loadedFrom(`
workflow:
  id: order
  version: 1
  input: {properties: {amount: {type: number, default: 5}}}
  output: {price: "\${price.output.price}", paid: "\${paid.output.id}"}
  tasks:
    - {id: price, uses: noop, timeout: 1m, output: [price], retry_policy: {max_attempts: 2, initial_delay: 1s}}
    - {id: large, type: DECISION, depends_on: price, decision_param: "\${price.output.price > 100}",
       decision_cases: {"true": {next: agree}}, default: pack}
    - {id: agree, type: HUMAN, wait_for_approval: true, quorum: 2, timeout: 1d, on_timeout: fail}
    - {id: pack, uses: noop}
    - {id: paid, type: WAIT, signal: order.paid, depends_on: [agree, pack], join: 1}
    - {id: bill, type: SUB_WORKFLOW, workflow: billing, depends_on: paid, optional: true}
`);

function loadedFrom(content: string): LoadedDefinition {
  const read = loadDefinition({ file: 'order.yaml', content });
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('; '));

  return read.loaded;
}

async function problemsOf(lines: string, of = ordered): Promise<readonly string[]> {
  const content = `test:\n  cases:\n    - name: a case\n${lines}`;
  const loaded = loadCases({ file: 'order.test.yaml', content });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  const results = await playCases(of, loaded.cases, createRehearsals());

  return results.flatMap(({ problems }) => problems);
}

test.each([
  [
    'everything that is asked for is answered as the case says',
    `
      results: {price: {price: 200}}
      answers: {agree: [{decision: approve, by: zoe}, {decision: approve, by: max}]}
      signals: {order.paid: {id: 7}}
      children: {bill: {status: COMPLETED, output: {n: 1}}}
      expect:
        status: COMPLETED
        path: [price, large, agree, paid, bill]
        tasks: {pack: SKIPPED, bill: COMPLETED}
        output: {price: 200, paid: 7}`,
  ],
  [
    'people who are not named agree one after another',
    `
      results: {price: {price: 200}}
      answers: {agree: approve}
      expect: {path: [agree], tasks: {agree: COMPLETED}}`,
  ],
  [
    'the last attempt stands for all further ones',
    `
      results: {price: {attempts: [silence, {fail: {code: till.broken}}]}}
      expect: {status: FAILED, error: {code: till.broken}, tasks: {agree: CANCELLED}}`,
  ],
  [
    'an approval that nobody answers times out',
    `
      results: {price: {price: 200}}
      answers: {agree: silence}
      expect: {status: FAILED, tasks: {agree: TIMED_OUT}}`,
  ],
  [
    'a run that waits for ever is expected to',
    `
      results: {price: {price: 1}}
      signals: {order.paid: silence}
      expect: {status: RUNNING, tasks: {pack: COMPLETED, paid: WAITING}}`,
  ],
  [
    'the end of another run is told',
    `
      results: {price: {price: 1}}
      children: {bill: {status: FAILED, error: {code: bill.none}}}
      expect: {status: COMPLETED, tasks: {bill: COMPLETED_WITH_ERRORS}}`,
  ],
])('%s', async (_, lines) => {
  expect(await problemsOf(lines)).toEqual([]);
});

test.each([
  [
    'what is expected and not found',
    `
      results: {price: {price: 1}}
      expect:
        status: FAILED
        path: [pack, agree]
        tasks: {pack: SKIPPED}
        output: {price: 2, nothing: 1}
        error: {code: x}`,
    [
      'expected status FAILED, it is COMPLETED',
      'expected agree to complete after pack; these did: price, large, pack, paid, bill',
      'expected tasks.pack SKIPPED, it is COMPLETED',
      'expected output.price 2, it is 1',
      'expected output.nothing 1, there is none',
      'expected error {"code":"x"}, there is none',
    ],
  ],
  [
    'what never came into play',
    `
      results: {price: {price: 1}}
      answers: {agree: approve}
      expect: {status: COMPLETED}`,
    ['answers.agree never came into play: nothing asked for it'],
  ],
  [
    'why a run ended otherwise',
    `
      results: {price: {fail: {code: till.broken, message: it is stuck}}}
      expect: {status: COMPLETED}`,
    ['expected status COMPLETED, it is FAILED (till.broken: it is stuck)'],
  ],
  [
    'an input that does not fit',
    `
      input: {amount: many, more: 1}
      expect: {}`,
    ['input.more: no such input', 'input.amount: expected a number, found the text "many"'],
  ],
  [
    'an answer that the run refuses',
    `
      results: {price: {price: 200}}
      answers: {agree: [{decision: approve, by: ana}, {decision: approve, by: ana}]}
      expect: {}`,
    ['answers.agree: ana has approved agree already'],
  ],
  [
    'a run that is not over',
    `
      results: {price: {price: 1}}
      signals: {order.paid: silence}
      expect: {tasks: {pack: COMPLETED}}`,
    ['the run is not over: it is RUNNING, and nothing brings paid, bill on'],
  ],
])('%s is said in words', async (_, lines, expected) => {
  expect(await problemsOf(lines)).toEqual(expected);
});

const guarded = loadedFrom(`
workflow:
  id: guarded
  version: 1
  tasks:
    - {id: try, uses: noop, retry_policy: {max_attempts: 2, initial_delay: 1s, on_exhausted: pause}}
    - {id: paid, type: WAIT, signal: order.paid, match: signal.data.amount > 10, depends_on: try}
`);

test.each([
  [
    'a run that is left paused',
    `
      results: {try: {fail: {code: till.broken, retryable: true}}}
      expect: {status: PAUSED}`,
    [],
  ],
  [
    'a run that a signal does not bring on',
    `
      signals: {order.paid: {amount: 3}}
      expect: {status: RUNNING, tasks: {paid: WAITING}}`,
    [],
  ],
  [
    'a run that should go on with a signal that it does not wait for',
    `
      signals: {order.paid: {amount: 3}}
      expect: {tasks: {try: COMPLETED}}`,
    ['the run is not over: it is RUNNING, and nothing brings paid on'],
  ],
  [
    'an attempt that never comes, as the one before it failed for good',
    `
      results: {try: {attempts: [{fail: {code: till.broken}}, {give: 1}]}}
      expect: {status: PAUSED}`,
    ['results.try: 1 of 2 came into play; a failure without retryable: true is the last attempt'],
  ],
  [
    'an attempt that is not needed',
    `
      results: {try: {attempts: [{give: 1}, {give: 2}]}}
      expect: {error: {code: x}}`,
    [
      'results.try: 1 of 2 came into play, nothing asked for the rest',
      'expected error {"code":"x"}, there is none',
    ],
  ],
])('%s', async (_, lines, expected) => {
  expect(await problemsOf(lines, guarded)).toEqual(expected);
});

test('a text is told from the number that it reads as', async () => {
  const lines = `
      results: {price: {price: 1}}
      expect: {output: {price: "1"}}`;

  expect(await problemsOf(lines)).toEqual(['expected output.price "1", it is 1']);
});

test('an engine that goes another way than foretold fails the case', async () => {
  const content = 'test: {cases: [{name: a, expect: {}}]}';
  const loaded = loadCases({ file: 'order.test.yaml', content });
  const elsewhere = { play: async () => ({ ok: false, part: 1, message: 'price failed' }) as const };
  const results = loaded.ok ? await playCases(ordered, loaded.cases, elsewhere) : [];

  expect(results).toEqual([
    { name: 'a', line: 1, ok: false, problems: ['on the engine, after 2 moves: price failed'] },
  ]);
});

const reviewed = loadedFrom(`
workflow:
  id: article
  version: 1
  output: {text: "\${write.output.text}"}
  tasks:
    - {id: write, type: TRANSFORM, output: {text: "\${'tea ' + change.comment}"}}
    - {id: review, type: HUMAN, depends_on: write, approvers: {names: [ana]}, on_change: write}
`);

test('a case asks for a change, and then says what becomes of the approval that is asked anew', async () => {
  const answers = 'answers: {review: [{decision: change, comment: green}, approve]}';
  expect(
    await problemsOf(
      `      ${answers}\n      expect: {status: COMPLETED, output: {text: tea green}}`,
      reviewed,
    ),
  ).toEqual([]);
  const [problem] = await problemsOf(
    '      answers: {review: {decision: change, by: eve}}\n      expect: {}',
    reviewed,
  );
  expect(problem).toContain('eve');
});
