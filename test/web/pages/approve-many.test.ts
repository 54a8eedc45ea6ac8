// Many answers at once: only what asks the same may be answered so, and no refusal hides another answer.
import { expect, test } from 'vitest';
import type { ApprovalPage } from '../../../src/api/people.ts';
import { approvalPath } from '../../../src/web/pages/approvals/approval-order.ts';
import {
  answerEach,
  sameQuestion,
  stillChosen,
  whyNotChosen,
} from '../../../src/web/pages/approvals/approve-many.ts';

const asked = (run: string, more: Partial<ApprovalPage> = {}): ApprovalPage => ({
  run,
  shortId: run,
  definition: { id: 'orders', version: 1 },
  task: 'agree',
  status: 'PENDING_APPROVAL',
  approvers: 'L1 or above',
  quorum: 1,
  given: 0,
  grants: [],
  reminders: 0,
  changes: [],
  changesLeft: 0,
  delegations: [],
  fields: [],
  evidence: {},
  refused: [],
  mayAnswer: true,
  ...more,
});

test('only approvals of one task of one definition are chosen together, whatever pass they stand in', () => {
  const first = asked('a', { task: 'orders[1].agree' });
  expect(whyNotChosen(asked('b', { task: 'orders:2[7].agree' }), [first])).toBeUndefined();
  expect(whyNotChosen(asked('b', { task: 'pay' }), [first])).toContain('the same task');
  const other = { definition: { id: 'bills', version: 1 }, task: 'orders[1].agree' };
  expect(whyNotChosen(asked('b', other), [first])).toContain('the same definition');
  expect(sameQuestion(first)).not.toBe(sameQuestion(asked('a')));
});

test('what one may not answer, or asks for values of its own, is answered by itself or not at all', () => {
  expect(whyNotChosen(asked('a', { mayAnswer: false }), [])).toBe('Only L1 or above may answer this.');
  const field = { name: 'window', required: true, type: 'string' as const };
  expect(whyNotChosen(asked('a', { fields: [field] }), [])).toContain('values of its own');
  expect(whyNotChosen(asked('a', { fields: [{ ...field, default: 'monday' }] }), [])).toBeUndefined();
});

test('one that is refused is told, and the others are answered all the same', async () => {
  const given: string[] = [];
  const answered = await answerEach([asked('a'), asked('b'), asked('c')], async ({ run }) => {
    if (run === 'b') throw new Error('it is decided');
    given.push(run);
  });

  expect(given).toEqual(['a', 'c']);
  expect(answered.map(({ error }) => (error instanceof Error ? error.message : undefined))).toEqual([
    undefined,
    'it is decided',
    undefined,
  ]);
});

test('what somebody else has answered in the meantime is not chosen any more', () => {
  const chosen = new Set(['a', 'b'].map((run) => approvalPath(asked(run))));
  expect(stillChosen([asked('b'), asked('c')], chosen).map(({ run }) => run)).toEqual(['b']);
});
