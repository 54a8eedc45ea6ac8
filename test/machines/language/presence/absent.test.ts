// What may be absent must not be read unguarded: such a run fails though nothing went wrong in it. Method: a table of
// pairs that differ in one small mistake. The broken one gets exactly one error, at the text that is read, with the
// way to the absence in words; the good one gets none.
import { describe, expect, test } from 'vitest';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { definitionText } from '../../../support/definition-text.ts';
import { absentInputs } from './absent-inputs.ts';
import { failedTasks, unanswered } from './failed-tasks.ts';
import type { Pair } from './pair.ts';
import { skippedTasks } from './skipped-tasks.ts';

const all: readonly (Pair & { readonly kind: string })[] = [
  ...absentInputs.map((each) => ({ ...each, kind: 'inputs' })),
  ...skippedTasks.map((each) => ({ ...each, kind: 'skipped tasks' })),
  ...failedTasks.map((each) => ({ ...each, kind: 'failures' })),
  ...unanswered.map((each) => ({ ...each, kind: 'waiting' })),
];

function errorsOf({ head = '', tasks }: Pick<Pair, 'head' | 'tasks'>, filled: string) {
  const file = 'a.yaml';
  const content = definitionText(tasks.replace('@@', filled), head.replace('@@', filled));
  const result = loadDefinition({ file, content });

  return (result.ok ? result.warnings : result.problems).filter(({ severity }) => severity === 'error');
}

test('there are enough of them', () => {
  expect(all.length).toBeGreaterThanOrEqual(40);
});

describe.each(all)('$kind: $title', (pair) => {
  test('is an error', () => {
    const errors = errorsOf(pair, pair.broken);
    expect(errors.map(({ code }) => code)).toEqual(['definition.may-be-absent']);
    const [{ message = '', sourceLine = '', column = 0, length = 0 } = {}] = errors;
    expect(message).toContain(pair.says);
    expect(pair.reads).toContain(sourceLine.slice(column - 1, column - 1 + length));
    expect(sourceLine.slice(column - 1)).toContain(pair.reads);
  });

  test('is none without the mistake', () => {
    expect(errorsOf(pair, pair.good)).toEqual([]);
  });
});
