import { z } from 'zod';
import type { ErrorData } from '../../events/error-data.ts';
import {
  choice,
  filled,
  flag,
  listOf,
  mapOf,
  oneOrMany,
  strict,
  template,
  text,
} from '../language/schema/shapes.ts';
import { onlyKey, said } from './said.ts';
import type { Answer, ChildEnd, Outcome, SignalData } from './test-case.ts';

const failure = strict({
  code: filled('an error code'),
  message: text().optional(),
  retryable: flag().optional(),
  details: template().optional(),
}).transform(
  ({ code, message = 'the case has it fail', retryable = false, details }): ErrorData => ({
    code,
    message,
    retryable,
    ...(details === undefined ? {} : { details }),
  }),
);

type Silence = { readonly kind: 'silence' };

const silence = z.literal('silence').transform((kind): Silence => ({ kind }));
const plain = template().transform((value): SignalData => ({ kind: 'give', value }));
const given = strict({ give: template() }).transform(
  ({ give }): SignalData => ({ kind: 'give', value: give }),
);
const failed = strict({ fail: failure }).transform(({ fail }): Outcome => ({ kind: 'fail', error: fail }));

const signal = said<SignalData>((value) =>
  value === 'silence' ? silence : onlyKey(value) === 'give' ? given : plain,
);

const outcome = said<Outcome>((value) => (onlyKey(value) === 'fail' ? failed : signal));

const attempts = strict({
  attempts: listOf(outcome, 'a list of results').min(1, { error: 'the list of attempts is empty' }),
}).transform((written): readonly Outcome[] => written.attempts);

/** Any value is a result, unless it is a mapping whose one key says how it is meant. */
const result = said<readonly Outcome[]>((value) =>
  onlyKey(value) === 'attempts' ? attempts : outcome.transform((only): readonly Outcome[] => [only]),
);

const decision = choice(['approve', 'reject', 'silence']).transform((kind): Answer => ({ kind }));
const decided = strict({
  decision: choice(['approve', 'reject']),
  by: filled('a name').optional(),
  data: template().optional(),
}).transform(({ decision: kind, by, data }): Answer => ({ kind, by, data }));
const answer = said<Answer>((value) => (typeof value === 'string' ? decision : decided));

const ends = ['COMPLETED', 'FAILED', 'TERMINATED', 'TIMED_OUT'] as const;
const end = strict({
  status: choice(ends),
  output: template().optional(),
  error: failure.optional(),
}).transform((ended): ChildEnd => ({ kind: 'end', ...ended }));
const childEnd = said<ChildEnd>((value) => (value === 'silence' ? silence : end));

const expectation = strict({
  status: choice([...ends, 'RUNNING', 'PAUSED', 'CANCELLING', 'COMPENSATING']).optional(),
  path: oneOrMany(filled('a task id'), 'a task id or a list of them').optional(),
  tasks: mapOf(filled('a status'), 'a mapping from task id to status').optional(),
  output: template().optional(),
  error: mapOf(template(), 'a mapping such as {code: agent.busy}').optional(),
});

const testCase = strict({
  name: filled('a name'),
  input: mapOf(template(), 'a mapping from name to value').optional(),
  results: mapOf(result, 'a mapping from task id to result').optional(),
  answers: mapOf(many(answer), 'a mapping from task id to approve, reject or silence').optional(),
  signals: mapOf(signal, 'a mapping from the name of a signal to its data').optional(),
  children: mapOf(many(childEnd), 'a mapping from task id to the end of its run').optional(),
  expect: expectation,
});

/** A file of cases, as it is written. */
export const casesFile = strict({
  test: strict({
    definition: filled('a file').optional(),
    cases: listOf(testCase, 'a list of cases').min(1, { error: 'the list of cases is empty' }),
  }),
});

function many<Read>(one: z.ZodType<Read>) {
  const list = listOf(one, 'a list').min(1, { error: 'the list is empty' });

  return said<readonly Read[]>((value) => (Array.isArray(value) ? list : one.transform((only) => [only])));
}
