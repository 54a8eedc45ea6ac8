import { expect, test } from 'vitest';
import { confirmationOf, recordText, whereOf } from '../../../../src/web/pages/emergency/emergency-words.ts';

test('a scope is a filter: everything, a definition, a run, or terms as they were written', () => {
  expect(whereOf({ kind: 'everything', value: '' })).toBe('*');
  expect(whereOf({ kind: 'definition', value: ' orders ' })).toBe('definition=orders');
  expect(whereOf({ kind: 'run', value: '01h8' })).toBe('run=01h8');
  expect(whereOf({ kind: 'filter', value: 'status=RUNNING error=x' })).toBe('status=RUNNING error=x');
});

test('a scope of nothing is none, rather than everything', () => {
  expect(whereOf({ kind: 'definition', value: ' ' })).toBeUndefined();
  expect(whereOf({ kind: 'filter', value: '' })).toBeUndefined();
});

test('what is to be typed is the definition, else the count', () => {
  expect(confirmationOf({ kind: 'definition', value: 'orders' }, 14)).toBe('orders');
  expect(confirmationOf({ kind: 'everything', value: '' }, 14)).toBe('14');
});

test('the record names who, when, why, and what became of each run', () => {
  const text = recordText({
    action: 'terminate',
    where: '*',
    reason: 'fire',
    by: 'ana',
    at: '2026-11-22T22:00:00.000Z',
    effect: ['2 runs end now'],
    triggers: [],
    items: [
      { run: 'run-1', ok: true },
      { run: 'run-2', ok: false, refusal: { message: 'the run has already ended' } },
    ],
  });

  expect(text.split('\n')).toEqual([
    'emergency stop: terminate',
    'at 2026-11-22T22:00:00.000Z, by ana',
    'scope: *',
    'reason: fire',
    '',
    '2 runs end now',
    '',
    'runs:',
    '  run-1  done',
    '  run-2  refused: the run has already ended',
    '',
  ]);
});
