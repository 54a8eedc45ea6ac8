// Breakers are kept up to date from one watch of the journal of all runs. These tests pin down that nobody is admitted
// on half the truth: while the past is read, while a second breaker joins, when the watch breaks. Method: a journal
// whose watch is slow, or fails, at the moment that the test chooses.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Breakers, createBreakers } from '../../../src/engine/attempts/breakers.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import {
  type BreakerWorld,
  circuitBreaker,
  createBreakerWorld,
  letHappen,
  pay,
  ship,
} from '../breaker-world.ts';

type Watch = Journal['watch'];

let world: BreakerWorld;
let breakers: Breakers;
let untilMs: number;
beforeEach(() => {
  world = createBreakerWorld();
  breakers = createBreakers(world);
  untilMs = world.clock.now() + circuitBreaker.openForMs;
});
afterEach(() => breakers.stop());

const admit = (task = pay) => breakers.admit({ definition: 'shop', task, attempt: 'run-9/pay/1' });

/** Breakers on a journal that is watched in this way the first time, in that way the second time, and so on. */
function watching(...watches: readonly Watch[]): Breakers {
  const left = [...watches];
  const watch: Watch = (options) => (left.shift() ?? world.journal.watch)(options);

  return createBreakers({ ...world, journal: { ...world.journal, watch } });
}

test('a breaker that is asked for later knows its past, and what lands meanwhile counts once', async () => {
  const gate = createGate();
  breakers = watching(world.journal.watch, slowly(gate.opened));
  await world.record({ task: 'ship' });
  await admit(pay);
  const three = { ...ship, circuitBreaker: { ...circuitBreaker, failures: 3 } };
  const asked = admit(three);
  await world.record({ task: 'ship', attempt: 2 });
  gate.open();

  expect(await asked).toBe('now');
  await world.record({ task: 'ship', attempt: 3 });
  expect(await breakers.state('shop', three)).toEqual({ state: 'open', untilMs });
  expect(await breakers.state('shop', pay)).toEqual({ state: 'closed' });
});

test('what lands behind the past that a later breaker reads counts too', async () => {
  const gate = createGate();
  breakers = watching(world.journal.watch, pastOnly(gate.opened));
  await world.record({ task: 'ship' });
  await admit(pay);
  const asked = admit(ship);
  await letHappen();
  await world.record({ task: 'ship', attempt: 2 });
  gate.open();

  expect(await asked).toEqual({ retryAtMs: untilMs });
});

test('two versions of a definition with different policies have a breaker each', async () => {
  const strict = { ...pay, circuitBreaker: { ...circuitBreaker, failures: 1 } };
  await admit(strict);
  await admit(pay);
  await world.record();

  expect(await breakers.state('shop', strict)).toEqual({ state: 'open', untilMs });
  expect(await breakers.state('shop', pay)).toEqual({ state: 'closed' });
});

test('the journal is read no further back than failures can keep the breaker open, and watched once', async () => {
  const sinces: (number | undefined)[] = [];
  const noted: Watch = (options) => {
    sinces.push(options.since);
    return world.journal.watch(options);
  };
  breakers = watching(noted, noted);
  await Promise.all([admit(), admit()]);
  await admit();

  expect(sinces).toEqual([world.clock.now() - 70_000]);
});

test('nobody is admitted before the past has been read', async () => {
  await world.record();
  await world.record();
  const gate = createGate();
  breakers = watching(slowly(gate.opened));
  const told: unknown[] = [];
  const asked = admit().then((answer) => told.push(answer));
  await letHappen();
  expect(told).toEqual([]);

  gate.open();
  await asked;
  expect(told).toEqual([{ retryAtMs: untilMs }]);
});

test('rejects when the journal cannot be read, and reads it anew for whoever asks next', async () => {
  await world.record();
  await world.record();
  breakers = watching(failing());

  await expect(admit()).rejects.toThrow('the journal is gone');
  expect(await admit()).toEqual({ retryAtMs: untilMs });
});

test('rejects for a later breaker whose past cannot be read, and goes on with the others', async () => {
  breakers = watching(world.journal.watch, failing());
  await admit(pay);

  await expect(admit(ship)).rejects.toThrow('the journal is gone');
  await world.record();
  await world.record({ task: 'ship' });
  await world.record();
  expect(await admit(pay)).toEqual({ retryAtMs: untilMs });
  expect(await admit(ship)).toBe('now');
});

test('reads the journal anew when it could not be followed on', async () => {
  const gate = createGate();
  breakers = watching(failing(gate.opened));
  expect(await admit()).toBe('now');
  gate.open();
  await letHappen();
  await world.record();
  await world.record();

  expect(await admit()).toEqual({ retryAtMs: untilMs });
});

test('tells a waiting attempt to come later when the watch breaks that the others are kept up to date from', async () => {
  const gate = createGate();
  breakers = watching(failing(gate.opened), slowly(new Promise(() => undefined)));
  await admit(pay);
  const asked = admit(ship);
  gate.open();

  expect(await asked).toEqual({ retryAtMs: world.clock.now() + 500 });
});

test('once stopped, whoever waits or asks is told to come later, and nothing is read', async () => {
  const watches: string[] = [];
  breakers = watching((options) => {
    watches.push('read');
    return slowly(new Promise(() => undefined))(options);
  });
  const asked = admit();
  breakers.stop();

  const later = { retryAtMs: world.clock.now() + 500 };
  expect([await asked, await admit(), await admit(ship)]).toEqual([later, later, later]);
  expect(await breakers.state('shop', pay)).toBeUndefined();
  expect(watches).toEqual(['read']);
});

/** Tells what there is only when the gate opens. */
function slowly(opened: Promise<void>): Watch {
  return async function* (options) {
    const { signal } = options;
    await Promise.race([opened, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    yield* world.journal.watch(options);
  };
}

/** Tells what was there when it began, and that this was all only when the gate opens. */
function pastOnly(opened: Promise<void>): Watch {
  return async function* (options) {
    const end = new AbortController();
    yield* world.journal.watch({ ...options, signal: end.signal, onCaughtUp: () => end.abort() });
    await opened;
    options.onCaughtUp?.();
  };
}

/** Fails when the gate opens, until which there was nothing to tell; without a gate at once. */
function failing(opened?: Promise<void>): Watch {
  // biome-ignore lint/correctness/useYield: it fails before there is anything to tell.
  return async function* ({ onCaughtUp }) {
    if (opened !== undefined) onCaughtUp?.();
    await opened;
    throw new Error('the journal is gone');
  };
}

function createGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });

  return { opened, open: () => open() };
}
