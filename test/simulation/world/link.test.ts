import { expect, test } from 'vitest';
import { createRandom } from '../kernel/random.ts';
import { createFaults } from './faults.ts';
import { createLink } from './link.ts';
import { createWorld } from './world.ts';

// A lease of 3 s whose renewals are not answered in time, twice in a row, lets an engine begin nothing meanwhile. Seed
// 41505 had that, and a clock that was set, and was told that a dispatch had been lost.
test('an engine that misses an answer counts as held up, a person that does so does not', async () => {
  const random = createRandom(1);
  const faults = createFaults(random, ['lost request']);
  const world = createWorld({ random, faults: { ...faults, strikes: (fault) => fault === 'lost request' } });
  const onCrash = () => undefined;
  const person = createLink(world, 'person-1', { onCrash }).ask('anything', () => true);
  while (world.agenda.next(Number.POSITIVE_INFINITY));
  await expect(person).rejects.toThrow('no answer to anything');
  expect(world.lastDisturbanceMs()).toBe(0);
  const askedMs = world.agenda.nowMs();
  const engine = createLink(world, 'engine-1.1', { onCrash }).ask('renew shard.0', () => true);
  while (world.agenda.next(Number.POSITIVE_INFINITY));

  await expect(engine).rejects.toThrow('no answer to renew shard.0');
  expect(world.lastDisturbanceMs()).toBe(askedMs);
});

// The one promise that everybody who asked in vain shared kept all their worlds: 100 KB a seed.
test('an ended process waits for a promise of its own', () => {
  const random = createRandom(1);
  const world = createWorld({ random, faults: createFaults(random, []) });
  const link = createLink(world, 'engine-1.1', { onCrash: () => undefined });
  link.end();

  expect(link.ask('one', () => true)).not.toBe(link.ask('other', () => true));
});
