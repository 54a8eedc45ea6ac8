import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAcknowledgements } from '../../src/engine/acknowledgements.ts';
import type { Acknowledgements } from '../../src/ports/acknowledgements.ts';
import type { OpenTriggerMarks } from './trigger-marks-contract.ts';

/** What acknowledgements promise, wherever the marks are kept. */
export function acknowledgementsContract(open: () => Promise<OpenTriggerMarks>): void {
  let opened: OpenTriggerMarks;
  let here: Acknowledgements;
  let there: Acknowledgements;
  beforeEach(async () => {
    opened = await open();
    here = createAcknowledgements(opened.marks);
    there = createAcknowledgements(opened.other);
  });
  afterEach(() => opened.close());

  const known = { by: 'ana', at: '2026-11-22T10:00:00.000Z', note: 'the disk is full' };

  test('what one engine is told another sees, until it is taken back', async () => {
    await here.set('a1b2', known);
    expect([...(await there.all())]).toEqual([['a1b2', known]]);
    await there.clear('a1b2');

    expect([...(await here.all())]).toEqual([]);
  });

  test('the last one counts, also of those who write at the same time', async () => {
    const writers = Array.from({ length: 10 }, (_, index) => ({ ...known, by: `writer-${index}` }));
    await Promise.all(writers.map((each, index) => (index % 2 === 0 ? here : there).set('a1b2', each)));
    expect([...(await here.all()).keys()]).toEqual(['a1b2']);
    await there.set('a1b2', { by: 'ben', at: known.at });

    expect((await here.all()).get('a1b2')).toEqual({ by: 'ben', at: known.at });
  });

  test('one that was taken back can be given again, and taking back what is not there is no failure', async () => {
    await here.clear('never');
    await here.set('a1b2', known);
    await here.clear('a1b2');
    await here.clear('a1b2');
    await here.set('a1b2', known);

    expect((await there.all()).get('a1b2')).toEqual(known);
  });

  test('what somebody spoilt by hand is none', async () => {
    await opened.marks.write('failure/spoilt', 'no acknowledgement', 0);
    expect((await here.all()).size).toBe(0);
    await here.set('spoilt', known);

    expect((await here.all()).get('spoilt')).toEqual(known);
  });
}
