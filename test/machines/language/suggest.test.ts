// Which name was meant. A wrong guess is worse than none, so the near-misses stand beside the hits.
import { expect, test } from 'vitest';
import { didYouMean, isSlip, suggest } from '../../../machines/language/suggest.ts';

test.each([
  ['biuld', ['build', 'test'], 'build'],
  ['Build', ['build'], 'build'],
  ['scan-files', ['scan_files'], 'scan_files'],
  ['retry_polcy', ['retry_policy', 'priority'], 'retry_policy'],
  ['compliance_state', ['compliance_status'], 'compliance_status'],
  ['ab', ['ac', 'xyz'], 'ac'],
])('%s among %j means %s', (word, candidates, meant) => {
  expect(suggest(word, candidates)).toBe(meant);
});

test.each([
  ['nothing', ['build', 'test']],
  ['a', ['b']],
  ['ab', ['cd']],
  ['build', ['build']],
  ['x'.repeat(200), ['x'.repeat(199)]],
])('%s among %j means nothing', (word, candidates) => {
  expect(suggest(word, candidates)).toBeUndefined();
});

test('the nearest candidate wins', () => {
  expect(suggest('tasl', ['tall', 'task_', 'task'])).toBe('tall');
  expect(didYouMean('taks', ['tasks'])).toBe('; did you mean "tasks"?');
  expect(didYouMean('taks', ['zebra'])).toBe('');
});

test('a longer name is a relative, not a slip', () => {
  expect(isSlip('generate_warning_receipt', ['generate_success_receipt'])).toBe(false);
  expect(isSlip('generate_reciept', ['generate_receipt'])).toBe(true);
});
