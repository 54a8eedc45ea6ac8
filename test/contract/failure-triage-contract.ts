import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFailureTriage } from '../../src/engine/queries/failure-triage.ts';
import type { FailureTriage, Triage } from '../../src/ports/runs/failure-triage.ts';
import type { OpenMarkStore } from './mark-store-contract.ts';

const at = '2026-11-22T10:00:00.000Z';
const acknowledged = { by: 'ana', at, note: 'the disk is full' };
const assigned = { to: 'the night shift', by: 'ana', at };
const muted = { until: '2026-11-23T10:00:00.000Z', by: 'ben', at, definition: 'orders', version: 3 };

/** What is promised of what people say of failures, wherever the marks are kept. */
export function failureTriageContract(open: () => Promise<OpenMarkStore>): void {
  let opened: OpenMarkStore;
  let here: FailureTriage;
  let there: FailureTriage;
  beforeEach(async () => {
    opened = await open();
    here = createFailureTriage(opened.marks);
    there = createFailureTriage(opened.other);
  });
  afterEach(() => opened.close());

  test.each<[keyof Triage, Triage]>([
    ['acknowledged', { acknowledged }],
    ['assigned', { assigned }],
    ['muted', { muted }],
  ])('that a group is %s in one engine another sees, until it is taken back', async (kind, said) => {
    await here.set('a1b2', said);
    expect([...(await there.all())]).toEqual([['a1b2', said]]);
    await there.clear('a1b2', kind);

    expect([...(await here.all())]).toEqual([]);
  });

  test('what is said of one kind leaves the others as they are', async () => {
    await here.set('a1b2', { acknowledged, muted });
    await there.set('a1b2', { assigned });
    await there.set('c3d4', { muted: { ...muted, note: 'known' } });
    expect(await here.all()).toEqual(
      new Map<string, Triage>([
        ['a1b2', { acknowledged, assigned, muted }],
        ['c3d4', { muted: { ...muted, note: 'known' } }],
      ]),
    );
    expect([...(await here.mutes()).keys()].sort()).toEqual(['a1b2', 'c3d4']);
    await here.clear('a1b2', 'acknowledged');

    expect((await there.all()).get('a1b2')).toEqual({ assigned, muted });
  });

  test('the last one counts, also of those who write at the same time', async () => {
    const writers = Array.from({ length: 10 }, (_, index) => ({ ...acknowledged, by: `writer-${index}` }));
    await Promise.all(
      writers.map((each, index) => (index % 2 === 0 ? here : there).set('a1b2', { acknowledged: each })),
    );
    expect([...(await here.all()).keys()]).toEqual(['a1b2']);
    await there.set('a1b2', { acknowledged: { by: 'ben', at } });

    expect((await here.all()).get('a1b2')).toEqual({ acknowledged: { by: 'ben', at } });
  });

  test('one that was taken back can be given again, and taking back what is not there is no failure', async () => {
    await here.clear('never', 'assigned');
    await here.set('a1b2', { assigned });
    await here.clear('a1b2', 'assigned');
    await here.clear('a1b2', 'assigned');
    await here.set('a1b2', { assigned });

    expect((await there.all()).get('a1b2')).toEqual({ assigned });
  });

  test('what somebody spoilt by hand is none', async () => {
    await opened.marks.write('failure/spoilt', 'no acknowledgement', 0);
    await opened.marks.write('failure-muted/spoilt', { until: 7 }, 0);
    expect((await here.all()).size).toBe(0);
    await here.set('spoilt', { acknowledged });

    expect((await here.all()).get('spoilt')).toEqual({ acknowledged });
  });
}
