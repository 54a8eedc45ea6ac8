// What an engine makes of writes that fail. Method: writes, a server and a clock that are moved by hand.
import { expect, test } from 'vitest';
import { watchStore } from '../../../src/compose/session/store-watch.ts';
import { createManualClock } from '../../support/manual-clock.ts';

type Trouble = Awaited<ReturnType<NonNullable<Parameters<typeof watchStore>[0]['own']>['trouble']>>;

const full: Trouble = { code: 'nats.disk-full', message: 'the disk is full' };
const stuck: Trouble = { code: 'nats.disk-full', message: 'it stores nothing', restart: 'server-1' };

test('says nothing while writes are acknowledged, and does not look at the disk', async () => {
  const world = createWorld({ failing: undefined, trouble: full });
  await world.pass(5);

  expect(world.watch.trouble()).toBeUndefined();
  expect(world.said).toEqual([]);
});

test('names what is in the way, says it once, and says that it is over', async () => {
  const world = createWorld({ trouble: full });
  await world.pass(3);
  expect(world.watch.trouble()).toMatchObject({ code: 'nats.disk-full', sinceMs: world.begunMs + 1_000 });
  world.is({ failing: undefined, trouble: undefined });
  await world.pass(2);

  expect(world.watch.trouble()).toBeUndefined();
  expect(world.said).toEqual(['no event is stored: the disk is full', 'events are stored again']);
  expect(world.restarted).toEqual([]);
});

test('starts a server anew that stores nothing although nothing is in the way, with longer and longer pauses', async () => {
  const world = createWorld({ trouble: stuck });
  await world.pass(1);
  expect(world.restarted).toEqual(['server-1']);
  await world.pass(30);
  expect(world.restarted).toHaveLength(3);
  world.is({ failing: undefined, trouble: undefined });
  await world.pass(120);
  world.is({ trouble: stuck });
  await world.pass(1);

  expect(world.restarted).toHaveLength(4);
});

test('tells of a restart that failed, and tries again', async () => {
  const world = createWorld({ trouble: stuck, restart: () => Promise.reject(new Error('no room')) });
  await world.pass(7);

  expect(world.restarted).toHaveLength(2);
  expect(world.said).toContain('the NATS server could not be started anew: no room; trying again');
});

test('a server that does not answer is named after a while, and not started anew', async () => {
  const world = createWorld({ failing: { forMs: 3_000, reason: 'timeout' } });
  await world.pass(2);
  expect(world.watch.trouble()).toBeUndefined();
  world.is({ failing: { forMs: 7_000, reason: 'timeout' } });
  await world.pass(1);

  expect(world.watch.trouble()).toMatchObject({ code: 'nats.not-storing' });
  expect(world.restarted).toEqual([]);
});

test('what an outside server says of its room is passed on', async () => {
  const world = createWorld({ failing: { forMs: 0, reason: 'insufficient resources' }, isOwn: false });
  await world.pass(1);

  expect(world.watch.trouble()).toMatchObject({ code: 'nats.disk-full' });
});

test('a connection that is lost is named when it is not there again soon', async () => {
  const world = createWorld({ failing: undefined, isConnected: false });
  await world.pass(3);
  expect(world.watch.trouble()).toBeUndefined();
  await world.pass(2);

  expect(world.watch.trouble()).toMatchObject({ code: 'nats.unreachable' });
});

type Now = {
  readonly failing?: { readonly forMs: number; readonly reason: string } | undefined;
  readonly trouble?: Trouble;
  readonly isConnected?: boolean;
  readonly isOwn?: boolean;
  readonly fence?: { readonly at: string; readonly by: string };
  readonly restart?: () => Promise<boolean>;
};

function createWorld(begin: Now) {
  const clock = createManualClock();
  const begunMs = clock.now();
  const said: string[] = [];
  const restarted: string[] = [];
  const failing = { forMs: 2_000, reason: 'no answer within 2000 ms' };
  let now: Now = { failing, ...begin };
  const watch = watchStore({
    stream: {
      url: 'nats://127.0.0.1:4222',
      isConnected: () => now.isConnected ?? true,
      fence: () => Promise.resolve(now.fence),
      writes: { saw: () => undefined, silentMs: () => 0, failing: () => now.failing },
    },
    own:
      begin.isOwn === false
        ? undefined
        : {
            trouble: async () => now.trouble,
            restart: (name) => {
              restarted.push(name);
              return now.restart?.() ?? Promise.resolve(true);
            },
          },
    clock,
    onProgress: (message) => void said.push(message),
  });

  return {
    watch,
    said,
    restarted,
    begunMs,
    is: (next: Now) => {
      now = { failing, ...begin, trouble: undefined, ...next };
    },
    /** So many seconds, one by one. */
    pass: async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        clock.advance(1_000);
        for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
      }
    },
  };
}
