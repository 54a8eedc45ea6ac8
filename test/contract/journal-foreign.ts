import { expect, test } from 'vitest';
import type { JournalRecord } from '../../events/record.ts';
import { recordBody } from '../support/records.ts';
import { appendMany, collect, type OpenJournal, take, useJournal } from './open-journal.ts';

const pausedFor = (reason: unknown) =>
  recordBody('alpha', { data: { ...dataIn(recordBody('alpha')), fact: { reason } } });

const BODIES: readonly (readonly [string, string, RegExp, string?])[] = [
  ['nothing', '', /not JSON/],
  ['text that is not JSON', '{"id": "alpha/1"', /not JSON/],
  ['JSON that is no record', '[1, 2]', /not a record/],
  ['a record with a member missing', recordBody('alpha', { data: {} }), /not a record: data\./],
  ['a CloudEvent of another version', recordBody('alpha', { specversion: '2.0' }), /version "2.0"/],
  ['a record of another run', recordBody('beta'), /id "beta\/1"/],
  ['a record whose number is not that of its id', recordBody('alpha', { id: 'alpha/7' }), /id "alpha\/7"/],
  [
    'an event of an unknown type',
    recordBody('alpha', { type: 'run.exploded' }),
    /no event "run.exploded"/,
    'journal.newer',
  ],
  [
    'an event of a newer version',
    recordBody('alpha', { dataversion: 99 }),
    /version 99 of run.paused/,
    'journal.newer',
  ],
  [
    'a record with a critical member that nobody knows yet',
    recordBody('alpha', { critical: ['compressed'] } as object),
    /without "compressed"/,
    'journal.newer',
  ],
  [
    'an event whose type was altered',
    recordBody('alpha').replace('"run.paused"', '"run.exploded"'),
    /no event "run.exploded"/,
    'journal.altered',
  ],
  ['an event without the data of its type', pausedFor(7), /run.paused does not have/, 'journal.unexplained'],
  [
    'an event that was altered so that it has not',
    pausedFor('lunch').replace('"lunch"', '7'),
    /run.paused does not have/,
    'journal.altered',
  ],
];

function dataIn(body: string): JournalRecord['data'] {
  return (JSON.parse(body) as JournalRecord).data;
}

/** What is no record of the run is told with the reason, wherever it is met, and harms nobody else. */
export function foreignContract(open: () => Promise<OpenJournal>): void {
  const current = useJournal(open);

  const bodies = BODIES.map(
    ([what, body, reason, code = 'journal.foreign']) => [what, body, reason, code] as const,
  );

  test.each(bodies)(
    'tells %s as foreign, in read, last, lastOfEach and watch',
    async (_, body, reason, code) => {
      const { journal, plant } = current.it;
      const position = await plant('alpha', body);
      const [healthy] = await appendMany(journal, 'healthy', { count: 1 });
      const foreign = {
        run: 'alpha',
        position,
        body,
        kind: 'foreign',
        code,
        reason: expect.stringMatching(reason),
      };

      expect(await collect(journal.read('alpha'))).toEqual([foreign]);
      expect(await journal.last('alpha')).toEqual(foreign);
      const index = await collect(journal.lastOfEach());
      expect(index).toContainEqual(foreign);
      expect(index).toContainEqual(
        expect.objectContaining({ run: 'healthy', position: healthy, kind: 'record' }),
      );
      const [first, second] = await take(
        journal.watch({ after: 0, signal: new AbortController().signal }),
        2,
      );
      expect(first).toEqual(foreign);
      expect(second).toMatchObject({ run: 'healthy', kind: 'record' });
    },
  );

  test('keeps members that this version does not know', async () => {
    const { journal, plant } = current.it;
    await plant('alpha', recordBody('alpha', { futuremember: 'kept' } as object));

    expect(await journal.last('alpha')).toMatchObject({ kind: 'record', record: { futuremember: 'kept' } });
  });
}
