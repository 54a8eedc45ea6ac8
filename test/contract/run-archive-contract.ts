import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PublicKey } from '../../machines/audit/public-key.ts';
import type { RunArchive } from '../../src/ports/runs/archive.ts';
import { archivedAt, given, givenRun, memorySigning } from '../support/archived-runs.ts';

export type OpenArchive = {
  readonly archive: RunArchive;
  /** The same archive as another process reaches it. */
  readonly other: RunArchive;
  /** What its segments are signed with. */
  readonly key: PublicKey;
  readonly close: () => Promise<void>;
};

const about = { at: archivedAt, by: 'engine', generation: 1 };
const later = { at: '2026-02-02T00:00:00.000Z', by: 'ana', generation: 2 };

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);

  return all;
}

/** What every archive of runs promises. */
export function runArchiveContract(open: () => Promise<OpenArchive>): void {
  let it: OpenArchive;
  beforeEach(async () => {
    it = await open();
  });
  afterEach(() => it.close());

  describe('an archive of runs', () => {
    test('that nobody put anything into knows no run', async () => {
      expect(await it.archive.find('run-a')).toBeUndefined();
      expect(await collected(it.archive.read('run-a'))).toEqual([]);
      expect(await collected(it.archive.all())).toEqual([]);
      expect(await it.archive.segments()).toEqual([]);
    });

    test('tells the messages of a run as the journal told them, byte for byte, to every process', async () => {
      const run = givenRun('run-a', { events: 40, padding: 'ä\n\u2028"\\\u0000' });
      const others = [givenRun('run-b', { first: 200 }), givenRun('run-c', { first: 300 })];
      await it.archive.put(about, given(others[0] ?? run, run, others[1] ?? run));

      const { messages, ...known } = run;
      for (const archive of [it.archive, it.other]) {
        const read = await collected(archive.read('run-a'));
        expect(read.map(({ position, body }) => ({ position, body }))).toEqual(messages);
        expect(read.every(({ kind, run: of }) => kind === 'record' && of === 'run-a')).toBe(true);
        expect(await archive.find('run-a')).toEqual(known);
      }
      expect(await it.other.find('run-d')).toBeUndefined();
    });

    test('tells a message that is no record as one, with its very text', async () => {
      const run = givenRun('run-a', { events: 1 });
      const messages = [...run.messages, { position: 9, body: 'no JSON\nat all' }];
      await it.archive.put(about, given({ ...run, position: 9, messages }));

      const last = (await collected(it.archive.read('run-a'))).at(-1);
      expect(last).toMatchObject({ kind: 'foreign', position: 9, body: 'no JSON\nat all' });
    });

    test('keeps the head alone of a run of which no more is kept, whatever was handed over', async () => {
      const head = { error: 'the card of ana was refused', parent: 'run-p', trigger: 'nightly' };
      await it.archive.put(about, given(givenRun('run-a', { kept: 'head', head })));

      expect(await collected(it.archive.read('run-a'))).toEqual([]);
      expect(await it.archive.find('run-a')).toMatchObject({ kept: 'head', head });
    });

    test('keeps nothing that a run held where it was dropped: only that it was there, and how it ended', async () => {
      const head = { error: 'the card of ana was refused', parent: 'run-p', trigger: 'nightly' };
      await it.archive.put(about, given(givenRun('run-a', { kept: 'nothing', head })));

      const found = await it.archive.find('run-a');
      expect(found).toMatchObject({
        kept: 'nothing',
        sequence: 3,
        head: { status: 'COMPLETED', active: [] },
      });
      expect(JSON.stringify(found)).not.toMatch(/card of ana|run-p|nightly/);
      expect(await collected(it.archive.read('run-a'))).toEqual([]);
    });

    test('says of each segment when, by whom and out of which generation it was made, the latest first', async () => {
      const first = await it.archive.put(about, given(givenRun('run-a'), givenRun('run-b', { first: 9 })));
      const second = await it.other.put(later, given(givenRun('run-c', { first: 20 })));

      expect(first).toMatchObject({ ...about, runs: 2, messages: 6, key: it.key.key });
      expect(second).toMatchObject({ ...later, runs: 1, messages: 3 });
      expect(await it.archive.segments()).toEqual([second, first]);
      expect(await it.archive.names()).toEqual([second.name, first.name]);
      expect(await it.archive.segments([first.name])).toEqual([first]);
      const runs = (await collected(it.archive.all())).map(({ run }) => run);
      expect(runs).toEqual(['run-c', 'run-a', 'run-b']);
    });

    test('tells a run that was put twice as the latest segment says', async () => {
      await it.archive.put(about, given(givenRun('run-a')));
      await it.archive.put(later, given(givenRun('run-a', { kept: 'head' })));

      expect(await it.archive.find('run-a')).toMatchObject({ kept: 'head' });
      expect(await it.other.find('run-a')).toMatchObject({ kept: 'head' });
    });

    test('holds nothing of a segment whose runs could not all be read', async () => {
      const failing = async function* () {
        yield givenRun('run-a');
        throw new Error('the journal is gone');
      };
      await expect(it.archive.put(about, failing())).rejects.toThrow('the journal is gone');

      expect(await it.archive.find('run-a')).toBeUndefined();
      expect(await it.other.segments()).toEqual([]);
    });

    test('verifies what it has written, with the key that signed it and with no other', async () => {
      const runs = [
        givenRun('run-a'),
        givenRun('run-b', { kept: 'head', first: 9 }),
        givenRun('run-c', { first: 20 }),
      ];
      const { name } = await it.archive.put(about, given(...runs));

      expect(await collected(it.other.verify(name, [it.key]))).toEqual([]);
      const codes = async (keys: readonly PublicKey[]) =>
        (await collected(it.archive.verify(name, keys))).map(({ code }) => code);
      expect(await codes([memorySigning().key])).toEqual(['audit.unknown-key']);
    });

    test('finds a run whose chain of records does not hold, though it was signed so', async () => {
      const run = givenRun('run-b', { first: 9 });
      const messages = run.messages.filter((_, at) => at !== 1);
      const { name } = await it.archive.put(about, given(givenRun('run-a'), { ...run, messages }));

      const found = await collected(it.archive.verify(name, [it.key]));
      expect(found).toMatchObject([{ segment: name, run: 'run-b', code: 'audit.gap' }]);
    });
  });
}
