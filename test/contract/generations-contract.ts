import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JournalGenerations } from '../../src/ports/runs/generations.ts';
import { type Journal, JournalConflict, type Stored } from '../../src/ports/runs/journal.ts';
import { createRecordWriter } from '../support/records.ts';
import { laterMs } from './journal-since.ts';
import { appendMany, bodiesOf, collect, type OpenJournal, positionsOf } from './open-journal.ts';

/** An empty journal, and what carries it over. */
export type OpenGenerations = OpenJournal & { readonly generations: JournalGenerations };

async function all(journal: Journal): Promise<Stored[]> {
  const over = new AbortController();
  const watched = journal.watch({ after: 0, signal: over.signal, onCaughtUp: () => over.abort() });

  return collect(watched);
}

async function upTo(run: string, messages: AsyncIterable<Stored>): Promise<Stored[]> {
  const found: Stored[] = [];
  for await (const message of messages) {
    if (message.run === run) break;
    found.push(message);
  }

  return found;
}

/** What every journal promises that goes on in another generation without some runs. */
export function generationsContract(
  open: () => Promise<OpenGenerations>,
  { isTimed = true }: { readonly isTimed?: boolean } = {},
): void {
  let it: OpenGenerations;
  beforeEach(async () => {
    it = await open();
  });
  afterEach(() => it.close());

  /** Appends to each run in turn; resolves with the position of the last message of each. */
  async function fill(runs: readonly string[], count: number): Promise<Map<string, number>> {
    const writers = runs.map((run) => ({ run, writer: createRecordWriter(run) }));
    const last = new Map<string, number>();
    for (let index = 0; index < count; index++)
      for (const { run, writer } of writers)
        last.set(run, await it.journal.append(writer.next(last.get(run) ?? 0)));

    return last;
  }
  const only = (last: ReadonlyMap<string, number>, runs: readonly string[]) =>
    new Map([...last].filter(([run]) => runs.includes(run)));

  test('what goes on stands where it stood, byte for byte, and what stays behind is not there', async () => {
    const last = await fill(['one', 'two', 'three'], 3);
    const before = await all(it.journal);

    await it.generations.next({ without: only(last, ['one', 'three']) });

    for (const journal of [it.journal, it.other]) {
      const kept = before.filter(({ run }) => run === 'two');
      expect(await all(journal)).toEqual(kept);
      expect(await collect(journal.read('two'))).toEqual(kept);
      expect(await collect(journal.lastOfEach())).toEqual(kept.slice(-1));
      expect(await journal.last('one')).toBeUndefined();
      expect(await collect(journal.read('three'))).toEqual([]);
      expect(await journal.end()).toBe(last.get('two'));
    }
  });

  test('positions go on growing behind those that were given, and runs go on where they were', async () => {
    const last = await fill(['one', 'two', 'gone'], 2);
    await it.generations.next({ without: only(last, ['gone']) });
    const before = await collect(it.journal.read('two'));

    const writer = createRecordWriter('two');
    const [, , next] = [writer.next(0), writer.next(0), writer.next(last.get('two') ?? 0)];
    const position = await it.other.append(next);

    expect(position).toBeGreaterThan(last.get('gone') ?? 0);
    expect(bodiesOf(await collect(it.journal.read('two')))).toEqual([...bodiesOf(before), next.body]);
  });

  test('who still has a run in hand that stayed behind is told that it moved on', async () => {
    const last = await fill(['gone', 'here'], 1);
    await it.generations.next({ without: only(last, ['gone']) });

    const late = createRecordWriter('gone').next(last.get('gone') ?? 0);

    await expect(it.journal.append(late)).rejects.toThrow(JournalConflict);
    await expect(it.other.append(late)).rejects.toThrow(JournalConflict);
    expect(await it.journal.last('gone')).toBeUndefined();
  });

  test('a run that went on since is not left behind, and nothing has changed', async () => {
    const last = await fill(['one', 'two'], 2);
    const stale = new Map([['one', (last.get('one') ?? 0) - 2]]);
    const before = await all(it.journal);

    const refused = await it.generations.next({ without: stale }).catch((error: unknown) => error);

    expect(refused).toMatchObject({
      name: 'GenerationRefused',
      code: 'generations.run-moved-on',
      message: expect.stringContaining('run one'),
    });
    expect(await all(it.other)).toEqual(before);
    expect((await it.generations.current()).generation).toBe(1);
    await appendMany(it.journal, 'three', { count: 1 });
  });

  test('says which generation it is, up to where some may be absent, and how much it holds', async () => {
    const last = await fill(['one', 'two'], 2);
    const whole = await it.generations.current();
    expect(whole).toMatchObject({ generation: 1, carriedTo: 0, messages: 4 });

    const next = await it.generations.next({ without: only(last, ['one']) });

    expect(next).toMatchObject({ generation: 2, messages: 2 });
    expect(next.carriedTo).toBeGreaterThanOrEqual(4);
    expect(next.bytes).toBeLessThan(whole.bytes);
    expect(await it.generations.current()).toEqual(next);
  });

  test.runIf(isTimed)('what was carried over is still known by the time at which it was stored', async () => {
    const early = await fill(['early', 'gone'], 3);
    const since = await laterMs();
    await fill(['late'], 3);
    const before = await collect(it.journal.read('late'));
    for (const run of ['gone', 'none']) await it.generations.next({ without: only(early, [run]) });

    const over = new AbortController();
    const watched = it.other.watch({ since, signal: over.signal, onCaughtUp: () => over.abort() });
    expect(await collect(watched)).toEqual(before);
    const all = it.other.watch({ since: 0, run: 'early', signal: new AbortController().signal });
    expect((await all[Symbol.asyncIterator]().next()).value).toMatchObject({ run: 'early' });
  });

  test('goes on again and again, also when nothing is left', async () => {
    const last = await fill(['one', 'two', 'three'], 1);
    for (const run of ['two', 'one', 'three']) await it.generations.next({ without: only(last, [run]) });

    expect(await all(it.journal)).toEqual([]);
    const { generation, carriedTo } = await it.generations.current();
    expect(generation).toBe(4);
    const [position] = await appendMany(it.other, 'four', { count: 1 });
    expect(position).toBe(carriedTo + 1);
    expect(positionsOf(await all(it.journal))).toEqual([position]);
  });

  test('who follows the journal hears everything once, before, meanwhile and afterwards', async () => {
    const last = await fill(['one', 'gone'], 5);
    const signal = new AbortController().signal;
    const heard = upTo('last', it.other.watch({ after: 0, signal }));
    const writing = appendMany(it.journal, 'busy', { count: 30 });
    await it.generations.next({ without: only(last, ['gone']) });
    const positions = await writing;
    const more = await appendMany(it.other, 'later', { count: 30 });
    await appendMany(it.journal, 'last', { count: 1 });

    const messages = await heard;
    const of = (run: string) => positionsOf(messages.filter((each) => each.run === run));
    expect(of('busy')).toEqual(positions);
    expect(of('later')).toEqual(more);
    expect(of('one')).toHaveLength(5);
  });

  test('writers notice nothing but a pause: every append is stored once, and what is theirs stays in order', async () => {
    const last = await fill(['gone'], 20);
    const runs = Array.from({ length: 40 }, (_, index) => `busy-${index}`);
    const writing = Promise.all(
      runs.map((run, index) => appendMany(index % 2 === 0 ? it.journal : it.other, run, { count: 15 })),
    );
    await it.generations.next({ without: last });
    const positions = await writing;

    for (const [index, run] of runs.entries())
      expect(positionsOf(await collect(it.other.read(run)))).toEqual(positions[index]);
    expect(await all(it.journal)).toHaveLength(40 * 15);
  });
}
