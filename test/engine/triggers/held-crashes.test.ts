// Whoever looks after events that wait may be killed at any moment, and two may be at it at once. Method: every call to
// the world is a moment to die; another goes on, and all must come to what it comes to without a death.
import { expect, test } from 'vitest';
import { heldGroups } from '../../../src/engine/triggers/held-events.ts';
import { openDispatchWorld, settle } from './dispatch-world.ts';
import { type Death, mortal } from './mortal.ts';

const held = (id: string, rule: string) => `workflow:
  id: ${id}
  version: 1
  input: {optional: [order, events]}
  triggers: [{id: told, on: order.changed, ${rule}}]
  tasks: [{id: book, uses: noop}]
`;
const texts = [
  held('slow', 'throttle: {limit: 1, per: 1m}'),
  held('quiet', 'debounce: {for: 10s}'),
  held('many', 'batch: {size: 3, within: 30s}'),
];

async function play(death: Death) {
  const world = await openDispatchWorld(texts);
  const first = mortal(death);
  const dispatcher = world.dispatch(first.through);
  let isFollowed = false;
  const follow = async (): Promise<void> => {
    await settle();
    if (!first.isDead() || isFollowed) return;
    isFollowed = true;
    void dispatcher.stop();
    world.dispatch();
    await settle();
  };
  for (const order of ['a', 'b']) world.emit({ type: 'order.changed', data: { order } });
  await follow();
  for (let turn = 0; turn < 5; turn += 1) {
    world.clock.advance(61_000);
    await follow();
  }
  const runs = await world.triggered();
  const states = await Promise.all(runs.map(async ({ run }) => (await world.workflows.view(run)).state));

  return {
    calls: first.calls(),
    ends: states
      .map(({ definition, status, input }) => [definition.id, status, JSON.stringify(input)].join(' '))
      .sort(),
    effects: [1, 2].map((position) =>
      world.outcomes.get(position)?.effects.map(({ kind, definition }) => `${definition} ${kind}`),
    ),
    left: world.waiting.size,
    groups: await heldGroups(world.marks),
    troubles: world.troubles,
  };
}

test('killed at any moment, each event starts what it starts once, and nothing waits for ever', async () => {
  const { calls, ...whole } = await play({ at: 0, when: 'before' });
  expect(whole.ends.map((each) => each.split(' ')[0])).toEqual(['many', 'quiet', 'slow', 'slow']);
  expect(whole.effects).toEqual([
    ['many started', 'quiet ignored', 'slow started'],
    ['many started', 'quiet started', 'slow started'],
  ]);
  expect([whole.left, whole.groups, whole.troubles]).toEqual([0, [], []]);

  for (let at = 1; at <= calls; at += 1) {
    // Before a call is nearly the same as after the one before it.
    const whens = at % 4 === 1 ? (['after', 'before'] as const) : (['after'] as const);
    for (const when of whens) {
      const { calls: _calls, ...crashed } = await play({ at, when });
      expect(crashed, `killed ${when} call ${at} of ${calls}`).toEqual(whole);
    }
  }
}, 120_000);

test('two who look after them at once start what one would', async () => {
  const world = await openDispatchWorld(texts);
  world.dispatch();
  world.dispatch();
  for (const order of ['a', 'b', 'c']) world.emit({ type: 'order.changed', data: { order } });
  await settle();
  for (let turn = 0; turn < 5; turn += 1) {
    world.clock.advance(61_000);
    await settle();
  }

  expect((await world.triggered()).map(({ head }) => head.definition.id).sort()).toEqual([
    ...['many', 'quiet', 'slow', 'slow', 'slow'],
  ]);
  expect(await heldGroups(world.marks)).toEqual([]);
});
