// Which triggers are paused: marks that somebody makes in another process count a second later. Method: marks in memory
// and a clock that only the test moves.
import { expect, test } from 'vitest';
import { createPausedTriggers } from '../../../src/engine/triggers/paused-triggers.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { settled } from '../node-world.ts';

const pause = { by: 'ana', at: '2026-01-01T00:00:00Z', reason: 'month end' };

async function open() {
  const marks = createMemoryMarkStore();
  const clock = createManualClock();
  const troubles: unknown[] = [];
  const state = { isDown: false, changes: 0 };
  const paused = createPausedTriggers({
    marks: {
      ...marks,
      all: (first) => (state.isDown ? Promise.reject(new Error('no leader')) : marks.all(first)),
    },
    clock,
    onTrouble: (error) => troubles.push(error),
  });
  paused.onChange(() => {
    state.changes += 1;
  });
  await paused.ready;
  const second = async (): Promise<void> => {
    clock.advance(1_000);
    await settled();
  };

  return { marks, paused, troubles, state, second };
}

test('a trigger is paused from a second after its mark, until a second after that is taken back', async () => {
  const { marks, paused, state, second } = await open();
  const revision = await marks.write('paused/pay/order.paid', pause, 0);
  await second();
  expect(paused.of('pay', 'order.paid')).toEqual(pause);
  expect(paused.of('pay', 'other')).toBeUndefined();
  await second();
  await marks.write('paused/pay/order.paid', null, revision ?? 0);
  await second();

  expect(paused.of('pay', 'order.paid')).toBeUndefined();
  expect(state.changes).toBe(2);
});

test('what was known counts while the marks cannot be read, which is told once', async () => {
  const { marks, paused, troubles, state, second } = await open();
  await marks.write('paused/pay/order.paid', pause, 0);
  await second();
  state.isDown = true;
  for (let passed = 0; passed < 5; passed += 1) await second();

  expect(paused.of('pay', 'order.paid')).toEqual(pause);
  expect(troubles).toHaveLength(1);
});

test('one that is closed asks no more', async () => {
  const { marks, paused, second } = await open();
  paused.close();
  await marks.write('paused/pay/order.paid', pause, 0);
  await second();

  expect(paused.of('pay', 'order.paid')).toBeUndefined();
});
