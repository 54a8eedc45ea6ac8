// A circuit breaker stops attempts at a task in all runs, by what the journals of all runs say. These tests pin down
// which records count, and how many attempts are let through when. Method: plant records, move the clock, ask.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Breakers, createBreakers } from '../../../src/engine/attempts/breakers.ts';
import {
  type BreakerWorld,
  circuitBreaker,
  createBreakerWorld,
  type Fact,
  pay,
  type Where,
} from '../breaker-world.ts';

let world: BreakerWorld;
let breakers: Breakers;
let untilMs: number;
beforeEach(() => {
  world = createBreakerWorld();
  breakers = createBreakers(world);
  untilMs = world.clock.now() + circuitBreaker.openForMs;
});
afterEach(() => breakers.stop());

const admit = (attempt = 'run-9/pay/1') => breakers.admit({ definition: 'shop', task: pay, attempt });

test('a task without a circuit breaker begins at once, and the journal is not read for it', async () => {
  const watch = () => {
    throw new Error('the journal is read');
  };
  const task = { id: 'pay' };
  breakers = createBreakers({ ...world, journal: { ...world.journal, watch } });

  expect(await breakers.admit({ definition: 'shop', task, attempt: 'run-9/pay/1' })).toBe('now');
  expect(await breakers.state('shop', task)).toBeUndefined();
});

test('what had failed before anybody asked keeps the breaker open, until the time that is told', async () => {
  await world.record({}, { run: 'run-1' });
  await world.record({ attempt: 7 }, { run: 'run-2' });

  expect(await admit()).toEqual({ retryAtMs: untilMs });
  world.clock.advance(circuitBreaker.openForMs - 1);
  expect(await breakers.state('shop', pay)).toEqual({ state: 'open', untilMs: untilMs });
  world.clock.advance(1);
  expect(await admit()).toBe('now');
});

test('what fails after it was asked for opens it as well', async () => {
  expect(await admit()).toBe('now');
  await world.record();
  expect(await admit()).toBe('now');
  await world.record({ attempt: 2 });

  expect(await admit()).toEqual({ retryAtMs: untilMs });
});

test.each<[string, Fact, Where]>([
  ['a task of the same name in another definition', {}, { definition: 'shop-2' }],
  ['another task', { task: 'ship' }, {}],
  ['a task whose name ends alike', { task: 'prepay' }, {}],
  ['an attempt that succeeded', { type: 'task.completed' }, {}],
  ['an attempt that has begun', { type: 'task.started' }, {}],
  ['a time-out that only alerts', { type: 'timer.fired', timer: 'task.timeout' }, { moves: false }],
  ['a time-out before anybody had begun', { type: 'timer.fired', timer: 'task.queue-timeout' }, {}],
])('%s does not count as a failure', async (_, fact, where) => {
  await admit();
  for (let times = 0; times < 3; times++) await world.record(fact, where);

  expect(await breakers.state('shop', pay)).toEqual({ state: 'closed' });
});

test.each<[string, Fact]>([
  ['that failed', {}],
  ['that timed out', { type: 'timer.fired', timer: 'task.timeout' }],
  ['whose worker fell silent', { type: 'timer.fired', timer: 'task.heartbeat-timeout' }],
  ['in a pass of a loop', { task: 'orders[3].pay' }],
  ['deep inside', { task: 'a:2[0].b[11].pay' }],
])('an attempt %s counts as a failure', async (_, fact) => {
  for (let times = 0; times < 2; times++) await world.record(fact);

  expect(await breakers.state('shop', pay)).toMatchObject({ state: 'open' });
});

test('messages that are no records are passed over', async () => {
  await world.record();
  world.journal.plant({ run: 'run-3', body: 'not a record' });
  await world.record();

  expect(await breakers.state('shop', pay)).toMatchObject({ state: 'open' });
});

test('half open, it lets so many attempts through, each as often as it asks, and closes when they succeed', async () => {
  await world.record();
  await world.record();
  world.clock.advance(circuitBreaker.openForMs);

  for (const attempt of ['a/pay/1', 'b/pay/1', 'a/pay/1']) expect(await admit(attempt)).toBe('now');
  expect(await admit('c/pay/1')).toEqual({ retryAtMs: world.clock.now() + 500 });
  expect(await breakers.state('shop', pay)).toEqual({ state: 'half_open', probesLeft: 0 });

  await world.record({ type: 'task.completed' }, { run: 'a' });
  expect(await admit('c/pay/1')).toEqual({ retryAtMs: world.clock.now() + 500 });
  await world.record({ type: 'task.completed' }, { run: 'b' });
  expect(await admit('c/pay/1')).toBe('now');
  expect(await breakers.state('shop', pay)).toEqual({ state: 'closed' });
});

test('half open, an attempt that succeeded stands for itself and takes no room from the others', async () => {
  const three = { ...pay, circuitBreaker: { ...circuitBreaker, halfOpen: 3 } };
  const admitOne = (attempt: string) => breakers.admit({ definition: 'shop', task: three, attempt });
  await world.record();
  await world.record();
  world.clock.advance(circuitBreaker.openForMs);
  await admitOne('a/pay/1');
  await admitOne('b/pay/1');
  await world.record({ type: 'task.completed' }, { run: 'a' });

  expect(await admitOne('c/pay/1')).toBe('now');
  expect(await admitOne('d/pay/1')).toEqual({ retryAtMs: world.clock.now() + 500 });
});

test('half open, one failure opens it again, and the next round lets as many through as the first', async () => {
  await world.record();
  await world.record();
  world.clock.advance(circuitBreaker.openForMs);
  await admit('a/pay/1');
  await admit('b/pay/1');
  await world.record({}, { run: 'a' });

  expect(await admit('c/pay/1')).toEqual({ retryAtMs: world.clock.now() + circuitBreaker.openForMs });
  world.clock.advance(circuitBreaker.openForMs);
  expect(await breakers.state('shop', pay)).toEqual({ state: 'half_open', probesLeft: 2 });
});

test('an attempt that was let through and never ends makes room when the time is over', async () => {
  await world.record();
  await world.record();
  world.clock.advance(circuitBreaker.openForMs);
  await admit('a/pay/1');
  await admit('b/pay/1');

  world.clock.advance(circuitBreaker.openForMs - 1);
  expect(await admit('c/pay/1')).not.toBe('now');
  world.clock.advance(1);
  expect(await admit('c/pay/1')).toBe('now');
});

test.each([-3_600_000, 3_600_000])(
  'a clock that is set by %i ms neither holds a breaker open nor closes it',
  async (byMs) => {
    let offByMs = 0;
    const clock = { ...world.clock, now: () => world.clock.now() + offByMs };
    breakers = createBreakers({ ...world, clock });
    await world.record({}, { run: 'run-1' });
    await world.record({}, { run: 'run-2' });
    expect(await admit()).toEqual({ retryAtMs: untilMs });
    offByMs = byMs;

    expect(await admit()).toEqual({ retryAtMs: untilMs + byMs });
    world.clock.advance(circuitBreaker.openForMs - 1);
    expect(await breakers.state('shop', pay)).toEqual({ state: 'open', untilMs: untilMs + byMs });
    world.clock.advance(1);
    expect(await admit()).toBe('now');
  },
);
