// Events that lead to events: a loop is bounded, what it may not start is told and kept, and other events go by it.
// Method: the dispatcher on the memory adapters; each start of a run is answered by two events more, as that run would.
import { expect, test } from 'vitest';
import { createFloodMarks } from '../../../src/engine/triggers/paused-triggers.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { effect, openDispatchWorld, opened, paid, settle } from './dispatch-world.ts';

const loop = `workflow:
  id: loop
  version: 1
  triggers: [{on: work.done}]
  tasks: [{id: work, uses: noop}]
`;
const limited = (rule: string) =>
  `workflow:\n  id: slow\n  version: 1\n  triggers: [{on: order.paid, rate_limit: ${rule}}]\n  tasks: [{id: work, uses: noop}]\n`;

/** What each run that was started lately would publish, until nothing more starts. */
async function storm(world: Awaited<ReturnType<typeof opened>>) {
  world.emit({ type: 'work.done', id: 'first', hops: 1 });
  await settle();
  let seen = 0;
  while (seen < world.notes.length) {
    const fresh = world.notes.slice(seen).filter(({ type }) => type === 'work.done');
    seen = world.notes.length;
    for (const { effects, event } of fresh) {
      if (effects[0]?.kind !== 'started' || event === undefined) continue;
      for (const half of ['a', 'b']) {
        world.emit({ type: 'work.done', id: `${event.id}${half}`, hops: (event.hops ?? 0) + 1 });
      }
    }
    await settle();
  }
}

test('a definition that starts itself twice is bounded, and another gets its event at once', async () => {
  const world = await opened([loop, limited('{limit: 5, per: 1m}')]);
  await storm(world);
  const started = world.notes.filter(({ effects }) => effects[0]?.kind === 'started').length;
  // 15 of up to 4 hops, and 60 deeper ones.
  expect(started).toBe(75);
  const [position = 0] = await world.emitted(paid('o1'));
  expect(effect(world, position)?.kind).toBe('started');
  expect(world.waiting.size).toBe(0);
});

test('what is over the limit is told in its outcome, with the event, and once as trouble', async () => {
  const world = await opened([loop]);
  await storm(world);
  const refused = world.notes.filter(({ effects }) => effects[0]?.code === 'trigger.rate-limit');
  expect(refused).toHaveLength(76);
  expect(refused[0]).toMatchObject({
    status: 'refused',
    event: { type: 'work.done', hops: expect.any(Number) },
    effects: [
      {
        kind: 'refused',
        ...{ definition: 'loop', trigger: 'work.done', code: 'trigger.rate-limit' },
        message: expect.stringContaining('it started 60 runs within 1m, the most that its rate_limit allows'),
      },
    ],
  });
  expect(world.troubles).toEqual([
    expect.objectContaining({
      code: 'trigger.rate-limit',
      message: expect.stringContaining('the trigger loop/work.done refuses events'),
    }),
  ]);
});

test('a trigger with a rate_limit counts all its events, and takes them again when the time is over', async () => {
  const world = await opened([limited('{limit: 2, per: 10s}')]);
  const positions = await world.emitted(paid('o1'), paid('o2'), paid('o3'));
  const kindsOf = (each: readonly number[]) => each.map((position) => effect(world, position)?.kind);
  expect(kindsOf(positions).sort()).toEqual(['refused', 'started', 'started']);
  world.clock.advance(10_000);
  expect(kindsOf(await world.emitted(paid('o4')))).toEqual(['started']);
});

test('an event that is told again counts once', async () => {
  const world = await opened([limited('{limit: 2, per: 10s}')]);
  const same = { id: 'same', ...paid('o1') };
  const positions = await world.emitted(same, same, same, paid('o2'));
  expect(positions.map((position) => effect(world, position)?.kind)).not.toContain('refused');
});

test('events that came through few runs are taken as they come', async () => {
  const world = await opened([loop]);
  const positions = await world.emitted(
    ...Array.from({ length: 65 }, () => ({ type: 'work.done', hops: 4 })),
  );
  expect(positions.filter((position) => effect(world, position)?.kind === 'started')).toHaveLength(65);
});

test('a list of triggers can tell which of them began to refuse events, and when', async () => {
  const world = await openDispatchWorld([limited('{limit: 1, per: 1m}')]);
  const marks = createMemoryMarkStore();
  const dispatcher = world.dispatch(undefined, { marks });
  for (const order of ['o1', 'o2', 'o3']) world.emit(paid(order));
  await settle();
  expect([...(await createFloodMarks(marks).values('flooded'))]).toEqual([
    [
      'flooded/slow/order.paid',
      { at: expect.stringContaining('Z'), message: expect.stringContaining('it started 1 run within 1m') },
    ],
  ]);
  await dispatcher.stop();
});
