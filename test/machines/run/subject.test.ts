// What an approval is about: evaluated when it is asked for, recorded, and shown. Method as in human.test.ts.
import { expect, test } from 'vitest';
import { NamesEvaluated } from '../../../events/task-events.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { headOf } from '../../../machines/run/record/head.ts';
import { redactFact } from '../../../machines/run/record/redact.ts';
import { chartOf } from '../../support/chart-of.ts';
import { definitionText } from '../../support/definition-text.ts';
import { startedRun } from '../../support/run-spec.ts';

const input = 'input: { required: [amount, note] }';
const showing = (show: string, more = '') =>
  chartOf(
    `
    - {id: before, type: TRANSFORM, output: {gross: "\${workflow.input.amount * 2}"}}
    - {id: ask, type: HUMAN, depends_on: before, show: ${show}${more}}
  `,
    input,
  );
const given = { amount: 21, note: 'for the crew' };

test('a plain name shows an input, anything else is an expression, in the order in which they stand', () => {
  const run = startedRun(showing('[note, before.output.gross, "${workflow.input.amount > 20}"]'), given);
  expect(Object.entries(run.at('ask').names?.show ?? {})).toEqual([
    ['note', 'for the crew'],
    ['before.output.gross', 42],
    ['workflow.input.amount > 20', true],
  ]);
  expect(run.statuses()).toMatchObject({ ask: 'PENDING_APPROVAL' });
});

test('a mapping shows its expressions under names of its own', () => {
  const run = startedRun(showing('{sum: "${before.output.gross} EUR"}'), given);
  expect(run.at('ask').names?.show).toEqual({ sum: '42 EUR' });
});

test('of a long value the beginning is kept', () => {
  const run = startedRun(showing('[note]'), { ...given, note: 'x'.repeat(9_000) });
  expect(run.at('ask').names?.show).toEqual({ note: `${'x'.repeat(500)}...` });
});

test('what is shown says nothing of who may answer: lists need not read the run for it', () => {
  const asks = (more: string) => headOf(startedRun(showing('[note]', more), given).run()).asks;
  expect(asks('')).toEqual([{ task: 'ask', since: expect.any(String) }]);
  expect(asks(', approvers: {names: ["${workflow.input.note}"]}')).toMatchObject([{ answered: true }]);
});

test('a secret in it is recorded as hidden', () => {
  const fact = NamesEvaluated.of({ task: 'ask', names: { show: { key: 'open sesame' } } });
  expect(redactFact(fact, ['open sesame'])).toMatchObject({ data: { names: { show: { key: '***' } } } });
});

test('an input that is not there is refused before a run, where it stands', () => {
  const content = definitionText('  - {id: ask, type: HUMAN, show: [ammount]}').replace(
    'version: 1',
    'version: 1\n  input: { required: [amount] }',
  );
  const loaded = loadDefinition({ file: 'shown.yaml', content });
  expect(loaded.ok ? [] : loaded.problems).toMatchObject([
    { code: 'definition.undeclared-input', message: expect.stringContaining('amount') },
  ]);
});
