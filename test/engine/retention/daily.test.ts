// One engine looks once a day whether the journal is worth carrying over. Method: a clock that is moved by hand, marks
// in memory that several engines share, and what each of them asks to be swept.
import { expect, onTestFinished, test } from 'vitest';
import { retainDaily } from '../../../src/engine/retention/daily.ts';
import type { RetentionOutcome, RetentionPlan, RunRetention } from '../../../src/ports/retention.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createRetentionWorld, day } from './retention-world.ts';

const minute = 60_000;
const orders = `workflow:
  id: orders
  version: 1
  retention: {keep: 30d}
  tasks: [{id: book, type: NOOP}]
`;

const nothing: RetentionPlan = {
  ...{ at: '', runs: 0, messages: 0, ofMessages: 0, policies: [], held: [], first: [] },
};

function createEngines(more: Partial<RetentionOutcome> = {}) {
  const clock = createManualClock();
  const marks = createMemoryMarkStore();
  const sweeps: number[] = [];
  const said: string[] = [];
  const retention: Pick<RunRetention, 'sweep'> = {
    sweep: async () => {
      sweeps.push(clock.now());
      return { plan: nothing, left: 0, damaged: [], ...more };
    },
  };
  const begin = (): (() => Promise<void>) => {
    const over = new AbortController();
    const work = retainDaily({ retention, marks, clock, onProgress: (line) => said.push(line) });
    const done = work(over.signal);
    onTestFinished(() => over.abort());
    return async () => {
      over.abort();
      await done;
    };
  };
  /** Lets time pass in steps that everything set for then can follow. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10 * minute) {
      clock.advance(Math.min(10 * minute, ms - passed));
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    }
  };

  return { sweeps, said, begin, pass };
}

test('the journal is looked at once a day, whichever engine is there', async () => {
  const { sweeps, begin, pass } = createEngines();
  const end = begin();
  await pass(day / 2);
  expect(sweeps).toHaveLength(1);
  await end();
  begin();
  await pass(day / 4);
  expect(sweeps).toHaveLength(1);
  await pass(day / 2);
  expect(sweeps).toHaveLength(2);
});

test('what is refused is tried again after an hour, and told', async () => {
  const refused = { code: 'generations.under-way', message: 'somebody else is at it' };
  const { sweeps, said, begin, pass } = createEngines({ refused });
  begin();
  await pass(4 * 60 * minute);

  expect(sweeps).toHaveLength(4);
  expect(said[0]).toContain('somebody else is at it [generations.under-way]');
});

test('the journal is not carried over for a run in a hundred, until that has been due for a week', async () => {
  const world = await createRetentionWorld([orders]);
  await world.ended('run-a', 'orders');
  world.clock.advance(30 * day);
  for (let at = 0; at < 30; at += 1) await world.ended(`run-b${at}`, 'orders');
  const marks = createMemoryMarkStore();
  const lookOnce = async (): Promise<readonly string[]> => {
    const over = new AbortController();
    const said: string[] = [];
    const { clock } = world;
    const retention = world.retention();
    const sweep: RunRetention['sweep'] = (asked) => retention.sweep(asked).finally(() => over.abort());
    const onProgress = (line: string) => said.push(line);
    const done = retainDaily({ retention: { sweep }, marks, clock, onProgress })(over.signal);
    await new Promise(setImmediate);
    clock.advance(minute);
    await done;
    return said;
  };

  expect(await lookOnce()).toEqual([]);
  expect(await world.inJournal()).toContain('run-a');
  world.clock.advance(7 * day);
  expect(await lookOnce()).toEqual([
    '1 run left the journal: retention of orders version 1: keep 30d, then archive',
  ]);
  expect(await world.inJournal()).not.toContain('run-a');
});
