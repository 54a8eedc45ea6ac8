// What this process appended is known when it comes back from the server.
import { expect, test } from 'vitest';
import { parseStored } from '../../../../machines/run/record/stored-record.ts';
import { createOwnRecords } from '../../../../src/stores/jetstream/journal/own-records.ts';
import { recordBody } from '../../../support/records.ts';

const sealed = (run: string, sequence = 1) => {
  const body = recordBody(run, { sequence, actor: 'one' });
  return { run, id: `${run}/${sequence}`, body, after: sequence - 1, isSealed: true as const };
};

test('a record is told as the server would have it read', () => {
  const own = createOwnRecords();
  const append = sealed('run-1');
  own.note(append, Buffer.from(append.body), 7);

  expect(own.at(7, Buffer.from(append.body))).toEqual(
    parseStored({ run: 'run-1', position: 7, body: append.body }),
  );
});

test('what is not byte for byte what was sent is left to be read', () => {
  const own = createOwnRecords();
  const append = sealed('run-1');
  const sent = Buffer.from(append.body);
  const other = Buffer.from(append.body.replace('"actor":"one"', '"actor":"two"'));
  own.note(append, sent, 7);

  expect(other.length).toBe(sent.length);
  expect([own.at(7, other), own.at(8, sent)]).toEqual([undefined, undefined]);
});

test('what was not sealed here is left to be read', () => {
  const own = createOwnRecords();
  const { isSealed: _, ...append } = sealed('run-1');
  own.note(append, Buffer.from(append.body), 7);

  expect(own.at(7, Buffer.from(append.body))).toBeUndefined();
});

test('of what was appended at a position twice, as to a stream that was made again, the last counts', () => {
  const own = createOwnRecords();
  const [before, after] = [sealed('run-1'), sealed('run-2')];
  own.note(before, Buffer.from(before.body), 1);
  own.note(after, Buffer.from(after.body), 1);

  expect(own.at(1, Buffer.from(before.body))).toBeUndefined();
  expect(own.at(1, Buffer.from(after.body))?.run).toBe('run-2');
});

test('only so many are kept, and so much of them', () => {
  const own = createOwnRecords();
  const large = { ...sealed('run-1'), body: 'x'.repeat(5 * 1024 * 1024) };
  own.note(large, Buffer.from(large.body), 1);
  const small = Array.from({ length: 4_097 }, (_, index) => sealed('run-2', index + 1));
  for (const [index, append] of small.entries()) own.note(append, Buffer.from(append.body), index + 2);
  const isKept = (position: number, { body }: { readonly body: string }) =>
    own.at(position, Buffer.from(body)) !== undefined;

  expect(isKept(4_098, small[4_096] ?? large)).toBe(true);
  expect(isKept(2, small[0] ?? large)).toBe(false);
  // Never parsed: it would be told if it were there.
  expect(() => own.at(1, Buffer.from(large.body))).not.toThrow();
});
