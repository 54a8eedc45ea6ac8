// Who loses the project's server has it brought up again, once at a time, until the connection is back. Method: a
// connection that is cut and mended by hand, and a clock that stands still.
import { expect, test } from 'vitest';
import { keepServerUp } from '../../src/compose/session/connect-server.ts';
import { createManualClock } from '../support/manual-clock.ts';

const url = 'nats://127.0.0.1:4222';
const goneText = 'the NATS server is gone; bringing it up again';

test('says that the server is gone, brings it up, and says that it is back', async () => {
  const world = createWorld([async () => ({ url })]);
  world.cut();
  world.cut();
  await world.settle();
  world.mend();

  expect(world.said).toEqual([goneText, 'the NATS server is back']);
  expect(world.attempts()).toBe(1);
});

test('tries again after a pause while it fails, and no more once the connection is back', async () => {
  const failing = async () => Promise.reject(new Error('disk full'));
  const world = createWorld([failing, failing, async () => ({ url })]);
  world.cut();
  await world.settle();
  expect(world.attempts()).toBe(1);
  await world.pass(1_000);
  await world.pass(1_000);
  world.mend();
  await world.pass(5_000);

  expect(world.attempts()).toBe(3);
  const trouble = 'the NATS server cannot be brought up: disk full; trying again';
  expect(world.said).toEqual([goneText, trouble, 'the NATS server is back']);
});

test('says where the server is when it came back on another port, and tries no more', async () => {
  const world = createWorld([async () => ({ url: 'nats://127.0.0.1:5000' })]);
  world.cut();
  await world.settle();
  await world.pass(5_000);

  expect(world.said[1]).toMatch(/127\.0\.0\.1:5000.*workflow resume/);
  expect(world.attempts()).toBe(1);
});

test('does nothing more after the session has ended', async () => {
  const world = createWorld([async () => Promise.reject(new Error('no'))]);
  world.cut();
  await world.settle();
  world.stop();
  await world.pass(5_000);
  world.mend();
  world.cut();

  expect(world.attempts()).toBe(1);
  expect(world.said).toHaveLength(2);
});

function createWorld(answers: (() => Promise<{ readonly url: string }>)[]) {
  const clock = createManualClock();
  const [down, up] = [new Set<() => void>(), new Set<() => void>()];
  const said: string[] = [];
  let attempts = 0;
  const stop = keepServerUp({
    connection: {
      url,
      isConnected: () => true,
      onDisconnect: (callback) => listen(down, callback),
      onReconnect: (callback) => listen(up, callback),
    },
    bringUp: () => answers[attempts++]?.() ?? Promise.reject(new Error('asked too often')),
    clock,
    pauseMs: 1_000,
    onProgress: (message) => void said.push(message),
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    said,
    stop,
    settle,
    attempts: () => attempts,
    cut: () => [...down].forEach((callback) => void callback()),
    mend: () => [...up].forEach((callback) => void callback()),
    pass: async (ms: number) => {
      clock.advance(ms);
      await settle();
    },
  };
}

function listen(listeners: Set<() => void>, callback: () => void): () => void {
  listeners.add(callback);

  return () => listeners.delete(callback);
}
