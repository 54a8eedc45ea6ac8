// Events that start no run at once: they wait for their turn, for quiet, or for others. Method: whoever deals with
// events on the memory adapters, and a clock that only the test moves; what started is read from the journal.
import { expect, test } from 'vitest';
import { heldGroups, heldSummary } from '../../../src/engine/triggers/held-events.ts';
import { effect, kinds, opened, settle } from './dispatch-world.ts';

const definition = (rule: string, more = '') => `workflow:
  id: held
  version: 1
  input: {optional: [order, orders]}
  triggers:
    - {id: told, on: order.changed, ${rule}}
${more}  tasks: [{id: book, uses: noop}]
`;
const changed = (order: string, more: { readonly id?: string } = {}) => ({
  type: 'order.changed',
  data: { order },
  ...more,
});

type World = Awaited<ReturnType<typeof opened>>;

async function inputs(world: World): Promise<readonly unknown[]> {
  const runs = await world.triggered();
  const states = await Promise.all(runs.map(async ({ run }) => (await world.workflows.view(run)).state));

  return states
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : Number(a.startedAt > b.startedAt)))
    .map(({ input }) => input);
}

async function passed(world: World, ms: number): Promise<void> {
  world.clock.advance(ms);
  await settle();
}

test('a throttle starts so many runs within the time, the others wait in their order', async () => {
  const world = await opened([definition('throttle: {limit: 2, per: 1m}')]);
  const positions = await world.emitted(...['a', 'b', 'c', 'd', 'e'].map((order) => changed(order)));

  expect(await inputs(world)).toEqual([{ order: 'a' }, { order: 'b' }]);
  expect(positions.map((position) => kinds(world, position))).toEqual([
    ['started'],
    ['started'],
    ['held'],
    ['held'],
    ['held'],
  ]);
  expect(effect(world, 3)).toMatchObject({
    code: 'trigger.throttle',
    message: 'throttle: at most 2 runs within 1m',
  });
  await passed(world, 59_000);
  expect(await inputs(world)).toHaveLength(2);
  await passed(world, 2_000);
  expect(await inputs(world)).toHaveLength(4);
  await passed(world, 60_000);
  expect((await inputs(world)).at(-1)).toEqual({ order: 'e' });
  expect(kinds(world, 5)).toEqual(['started']);
  await passed(world, 60_000);
  expect(await heldGroups(world.marks)).toEqual([]);
});

test('a throttle with a key counts each key by itself', async () => {
  const rule = 'throttle: {limit: 1, per: 1m, key: "${event.data.order}"}';
  const world = await opened([definition(rule)]);
  await world.emitted(changed('a'), changed('a'), changed('b'));

  expect(await inputs(world)).toEqual(expect.arrayContaining([{ order: 'a' }, { order: 'b' }]));
  expect(await inputs(world)).toHaveLength(2);
});

test('a debounce starts a run with the last event once no other comes, and says which it was', async () => {
  const world = await opened([definition('debounce: {for: 10s, key: "${event.data.order}"}')]);
  await world.emitted(changed('a'));
  await passed(world, 9_000);
  await world.emitted(changed('a'), changed('b'));
  await passed(world, 9_000);
  expect(await inputs(world)).toEqual([]);
  await passed(world, 1_000);

  expect(await inputs(world)).toEqual(expect.arrayContaining([{ order: 'a' }, { order: 'b' }]));
  expect(await inputs(world)).toHaveLength(2);
  expect(effect(world, 1)).toMatchObject({
    kind: 'ignored',
    code: 'trigger.debounced',
    message: 'event 2 came after it',
  });
  expect(kinds(world, 2)).toEqual(['started']);
});

test('a debounce waits no longer than it may, also where events never end', async () => {
  const world = await opened([definition('debounce: {for: 10s, at_most: 15s}')]);
  for (const order of ['a', 'b', 'c']) {
    await world.emitted(changed(order));
    await passed(world, 6_000);
  }

  expect(await inputs(world)).toEqual([{ order: 'c' }]);
});

test('a batch starts one run with so many events, or with those that there are after a while', async () => {
  const input = 'input: {orders: "${event.data.events.map(each, each.data.order)}"}';
  const world = await opened([definition(`batch: {size: 3, within: 30s}, ${input}`)]);
  const positions = await world.emitted(...['a', 'b', 'c', 'd'].map((order) => changed(order)));
  expect(await inputs(world)).toEqual([{ orders: ['a', 'b', 'c'] }]);
  await passed(world, 30_000);

  expect(await inputs(world)).toEqual([{ orders: ['a', 'b', 'c'] }, { orders: ['d'] }]);
  expect(new Set(positions.slice(0, 3).map((position) => effect(world, position)?.run)).size).toBe(1);
  expect(positions.map((position) => kinds(world, position))).toEqual(Array(4).fill(['started']));
});

test('an event that is told twice is in a batch once', async () => {
  const input = 'input: {orders: "${event.data.events.map(each, each.data.order)}"}';
  const world = await opened([definition(`batch: {size: 3, within: 30s}, ${input}`)]);
  await world.emitted(changed('a', { id: 'same' }), changed('a', { id: 'same' }), changed('b'));

  expect(await inputs(world)).toEqual([{ orders: ['a', 'b'] }]);
});

test('a batch whose input does not fit starts nothing, and each of its events says so', async () => {
  const world = await opened([
    definition('batch: {size: 2, within: 30s}').replace(
      '{optional: [order, orders]}',
      '{properties: {count: {type: string}}}',
    ),
  ]);
  await world.emitted(changed('a'), changed('b'));

  expect(await inputs(world)).toEqual([]);
  expect([effect(world, 1), effect(world, 2)]).toEqual([
    expect.objectContaining({ kind: 'refused', code: 'trigger.input' }),
    expect.objectContaining({ kind: 'refused', code: 'trigger.input' }),
  ]);
});

test('an event that is given out again after it has started a run waits for no other', async () => {
  const world = await opened([definition('batch: {size: 1, within: 30s}')]);
  const [position = 0] = await world.emitted(changed('a'));
  const run = effect(world, position)?.run;
  giveOutAgain(world, position);
  world.dispatch();
  await settle();
  world.clock.advance(31_000);
  await settle();

  expect(world.waiting.size).toBe(0);
  expect(effect(world, position)).toMatchObject({ kind: 'started', run });
  expect(await inputs(world)).toHaveLength(1);
});

test.each([1, 2, 3])(
  'an event given out again while its batch starts is in no second one: look %i',
  async (late) => {
    const world = await opened([definition('batch: {size: 2, within: 30s}')]);
    const [position = 0] = await world.emitted(changed('a'));
    giveOutAgain(world, position);
    let goOn = (): void => undefined;
    const isLookedUp = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let looks = 0;
    world.dispatch(async (what, call) => {
      const answer = await call();
      if (what === 'of') looks += 1;
      if (what === 'of' && looks === late) await isLookedUp;

      return answer;
    });
    await settle();
    await world.emitted(changed('b'));
    goOn();
    await settle();
    for (let waited = 0; waited < 60_000; waited += 10_000) await passed(world, 10_000);

    expect(await inputs(world)).toHaveLength(1);
    expect(world.waiting.size).toBe(0);
  },
);

/** As the stream does where nobody said in time that it was dealt with. */
function giveOutAgain({ kept, waiting }: World, position: number): void {
  const event = kept.get(position);
  if (event !== undefined) waiting.set(position, event);
}

test('what waits for a trigger is told with why, and when the next run is due', async () => {
  const rule = 'batch: {size: 3, within: 30s, key: "${event.data.order}"}';
  const world = await opened([definition(rule)]);
  await world.emitted(changed('a'), changed('b'), changed('a'));
  const [of] = world.known.all();
  if (of === undefined) throw new Error('no trigger is known');

  expect(heldSummary(await heldGroups(world.marks), of, world.clock.now())).toEqual({
    events: 3,
    why: 'batch: until there are 3, 30s at most',
    nextAt: new Date(world.clock.now() + 30_000).toISOString(),
  });
});

test('what waits for a paused trigger goes on waiting', async () => {
  const world = await opened([definition('debounce: {for: 10s}')]);
  await world.emitted(changed('a'));
  world.pause('held/told', { by: 'ana', at: '2026-01-01T00:00:00Z' });
  await passed(world, 60_000);
  expect(await inputs(world)).toEqual([]);
  world.pause('held/told', undefined);
  await passed(world, 0);

  expect(await inputs(world)).toEqual([{ order: 'a' }]);
});

test('a version without the trigger lets go of what waited, and says so', async () => {
  const world = await opened([definition('debounce: {for: 10s}')]);
  const [position = 0] = await world.emitted(changed('a'));
  await world.define(
    definition('debounce: {for: 10s}').replace('version: 1', 'version: 2').replace('id: told', 'id: other'),
  );
  await passed(world, 10_000);

  expect(effect(world, position)).toMatchObject({ kind: 'ignored', code: 'trigger.gone' });
  expect(await inputs(world)).toEqual([]);
});

test('a version that tells events apart by something else takes over what waits', async () => {
  const rule = 'throttle: {limit: 1, per: 1m}';
  const world = await opened([definition(rule)]);
  const positions = await world.emitted(changed('a'), changed('b'));
  const second = definition(`${rule}, dedupe_key: "\${event.data.order}"`).replace(
    'version: 1',
    'version: 2',
  );
  await world.define(second);
  await passed(world, 60_000);
  await passed(world, 60_000);

  expect(positions.map((position) => kinds(world, position))).toEqual([['started'], ['started']]);
  expect(await inputs(world)).toEqual([{ order: 'a' }, { order: 'b' }]);
});

test('what waited for longer than events are kept is told of', async () => {
  const world = await opened([definition('debounce: {for: 10s}')]);
  const [position = 0] = await world.emitted(changed('a'));
  world.kept.delete(position);
  await passed(world, 10_000);

  expect(effect(world, position)).toMatchObject({ kind: 'refused', code: 'trigger.event-lost' });
});
