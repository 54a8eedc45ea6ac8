// One among several engines does what only one need do. Method: leases in memory, a clock that only the test moves, and
// work that notes who does it and when it was told to stop.
import { beforeEach, expect, test } from 'vitest';
import {
  createLeaderElection,
  type LeaderElection,
  type LeaderElectionDeps,
} from '../../../src/engine/cluster/leader-election.ts';
import type { Leases } from '../../../src/ports/runs/leases.ts';
import { createMemoryLeases } from '../../../src/stores/memory/leases.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

let clock: ManualClock;
let leases: Leases;
let dead: Set<string>;
let told: string[];
let working: Map<string, number>;

beforeEach(() => {
  clock = createManualClock();
  leases = createMemoryLeases(clock);
  dead = new Set();
  told = [];
  working = new Map();
});

/** Everything that happens without the clock has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    clock.advance(100);
    await settle();
  }
}

const workers = () => [...working].flatMap(([name, count]) => (count > 0 ? [name] : []));

async function join(name: string, planted: Partial<LeaderElectionDeps> = {}): Promise<LeaderElection> {
  const sole = createLeaderElection(
    {
      leases,
      clock,
      holder: { node: name, host: 'here', pid: 1 },
      isDead: (holder) => dead.has(holder.node),
      onTrouble: (error) => told.push(String(error)),
      ...planted,
    },
    { key: 'triggers', works: [(signal) => until(name, signal)] },
  );
  sole.start();
  await settle();

  return sole;
}

function until(name: string, signal: AbortSignal): Promise<void> {
  working.set(name, (working.get(name) ?? 0) + 1);

  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      working.set(name, (working.get(name) ?? 0) - 1);
      resolve();
    });
  });
}

/** Leases that this engine cannot reach any more, as after kill -9 or behind a broken line. */
function cut(): { readonly leases: Leases; readonly cut: () => void } {
  let isCut = false;
  const never = new Promise<never>(() => undefined);
  const through = <T>(act: () => Promise<T>): Promise<T> => (isCut ? never : act());

  return {
    cut: () => {
      isCut = true;
    },
    leases: {
      ...leases,
      claim: (...asked) => through(() => leases.claim(...asked)),
      renew: (...asked) => through(() => leases.renew(...asked)),
      release: (...asked) => through(() => leases.release(...asked)),
    },
  };
}

test('of three engines one does the work, for as long as it lives', async () => {
  const all = [await join('one'), await join('two'), await join('three')];
  await pass(60_000);

  expect(workers()).toEqual(['one']);
  expect(all.map((each) => each.isHolding())).toEqual([true, false, false]);
  expect(told).toEqual([]);
});

test('one that stops gives the work to another at once', async () => {
  const one = await join('one');
  await join('two');
  await pass(4_000);
  await one.stop();
  await settle();

  expect(workers()).toEqual(['two']);
  expect(one.isHolding()).toBe(false);
});

test('one that is not heard of any more is followed when its lease has run out, and not before', async () => {
  const line = cut();
  await join('one', { leases: line.leases });
  await join('two');
  await pass(5_000);
  line.cut();
  await pass(6_000);
  expect(workers()).toEqual(['one']);
  await pass(5_000);

  expect(workers()).toEqual(['two']);
});

test('one that is known to be dead is followed within a second', async () => {
  const line = cut();
  await join('one', { leases: line.leases });
  await join('two');
  await pass(5_000);
  line.cut();
  dead.add('one');
  await pass(1_000);

  expect(workers()).toContain('two');
});

test('a lease that another has taken aborts the work', async () => {
  const one = await join('one');
  await leases.evict('triggers', { node: 'one', host: 'here', pid: 1 });
  await leases.claim('triggers', { node: 'two', host: 'there', pid: 2 });
  await settle();

  expect(workers()).toEqual([]);
  expect(one.isHolding()).toBe(false);
});

test('a lease that the store forgot is taken again, and the work goes on undisturbed', async () => {
  await join('one');
  await leases.evict('triggers', { node: 'one', host: 'here', pid: 1 });
  await settle();

  expect([...(await leases.holders()).keys()]).toEqual(['triggers']);
  expect(working).toEqual(new Map([['one', 1]]));
});

test('work that fails is told of and begun again, after a pause that grows', async () => {
  const begunAt: number[] = [];
  const startMs = clock.now();
  const sole = createLeaderElection(
    {
      leases,
      clock,
      holder: { node: 'one', host: 'here', pid: 1 },
      isDead: () => false,
      onTrouble: (error) => told.push(String(error)),
    },
    {
      key: 'triggers',
      works: [
        async () => {
          begunAt.push(clock.now() - startMs);
          throw new Error('no luck');
        },
        (signal) => until('the other work', signal),
      ],
    },
  );
  sole.start();
  await settle();
  await pass(8_000);

  expect(begunAt).toEqual([0, 1_000, 3_000, 7_000]);
  expect(told).toEqual(Array.from({ length: 4 }, () => 'Error: no luck'));
  expect(working).toEqual(new Map([['the other work', 1]]));
});

test('a store that does not answer is told of once, and the lease is taken when it does', async () => {
  let isDown = true;
  await join('one', {
    leases: {
      ...leases,
      claim: (...asked) => (isDown ? Promise.reject(new Error('down')) : leases.claim(...asked)),
    },
  });
  await pass(20_000);
  expect(told).toEqual(['Error: down']);
  isDown = false;
  await pass(4_000);

  expect(workers()).toEqual(['one']);
});
