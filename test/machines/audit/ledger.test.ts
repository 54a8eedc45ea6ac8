// What a ledger says of the journal: rules without files or servers. Method: heads as they were known and as they are
// found now, and the lines that a ledger is kept in, whole and torn.
import { expect, test } from 'vitest';
import {
  compactLedger,
  foldLedger,
  headDamage,
  headLines,
  type LedgerHead,
  ledgerLineText,
  rewrittenAt,
  sumOfHeads,
} from '../../../machines/audit/ledger.ts';

const journal = '2026-01-01T00:00:00Z';
const head = (run: string, sequence: number, position: number, digit = 'a'): LedgerHead => ({
  ...{ run, sequence, position },
  hash: digit.repeat(32),
});
const linesOf = (...heads: readonly LedgerHead[]) => headLines(journal, heads).map(ledgerLineText);
const known = head('run-1', 3, 30);

test.each([
  ['that is gone', undefined, 'ledger.run-missing', 1],
  ['that ends earlier', head('run-1', 2, 20), 'ledger.rewritten', 3],
  ['that ends in another event', head('run-1', 3, 30, 'b'), 'ledger.rewritten', 3],
  ['that went on at a position that was given before', head('run-1', 4, 29), 'ledger.rewritten', 3],
])('names a run %s', (_how, found, code, sequence) => {
  expect(headDamage(known, found)).toMatchObject({ code, sequence, position: 30 });
});

test.each([
  ['as it was', head('run-1', 3, 30)],
  ['copied to another place with all its events', head('run-1', 3, 7)],
  ['further on', head('run-1', 9, 90, 'b')],
])('has nothing to say of a run %s', (_how, found) => {
  expect(headDamage(known, found)).toBeUndefined();
});

test('a run that went on from another event than the one that was known is named', () => {
  expect(rewrittenAt(known, head('run-1', 3, 30))).toBeUndefined();
  expect(rewrittenAt(known, head('run-1', 3, 30, 'b'))).toMatchObject({ code: 'ledger.rewritten' });
  expect(rewrittenAt(known, head('run-1', 4, 31))).toMatchObject({ code: 'ledger.rewritten' });
});

test('keeps the latest head of each run, in whatever order engines tell of it', () => {
  const lines = linesOf(head('run-1', 3, 30), head('run-2', 1, 31), head('run-1', 2, 20));

  const book = foldLedger(lines).book(journal);
  expect(book?.heads.get('run-1')?.sequence).toBe(3);
  expect(book).toMatchObject({ last: 31 });
});

test('a line that was torn or changed counts for nothing, and the others count', () => {
  const [whole = '', torn = ''] = [linesOf(head('run-1', 1, 1))[0], linesOf(head('run-2', 1, 2))[0]];

  const fold = foldLedger([whole, '', torn.slice(0, -9), torn.replace('run-2', 'run-3')]);
  expect([...(fold.book(journal)?.heads.keys() ?? [])]).toEqual(['run-1']);
  expect(fold.unreadable).toBe(2);
});

test('a loss that was accepted is gone, with who said so, and the run may begin anew at an earlier position', () => {
  const accepted = { kind: 'accepted', journal, at: 'now', by: 'ana', runs: ['run-1'] } as const;

  const fold = foldLedger([...linesOf(known), ledgerLineText(accepted), ...linesOf(head('run-1', 1, 5))]);
  expect(fold.book(journal)).toMatchObject({ last: 5, accepted: [{ by: 'ana', runs: ['run-1'] }] });
});

test('rewriting a ledger, even twice over the lines it came from, changes nothing that it says', () => {
  const since = { kind: 'since', journal, at: '2026-01-02T00:00:00Z' } as const;
  const accepted = { kind: 'accepted', journal, at: 'now', by: 'ana', runs: ['run-0'] } as const;
  const lines = [
    ...[since, accepted].map(ledgerLineText),
    ...linesOf(...Array.from({ length: 1_200 }, (_, at) => head(`run-${at}`, 1, at + 1))),
  ];

  const once = compactLedger(foldLedger(lines)).map(ledgerLineText);
  const twice = compactLedger(foldLedger([...lines, ...once])).map(ledgerLineText);
  expect(foldLedger(twice).books()[0]).toEqual(foldLedger(lines).books()[0]);
  expect(twice).toHaveLength(once.length);
});

test('two ledgers have the same sum where they know the same heads, in any order', () => {
  const [one, other] = [head('run-1', 3, 30, 'c'), head('run-2', 1, 31, 'f')];

  expect(sumOfHeads([one, other])).toBe(sumOfHeads([other, one]));
  expect(sumOfHeads([one, other])).not.toBe(sumOfHeads([one]));
});
