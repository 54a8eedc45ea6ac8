// Whoever deals with events may be killed at any moment, and whoever comes after it is given again what was not dealt
// with. Method: every call to the world is a moment to die, before or after it has had its effect; after each death
// another goes on. All must come to what it comes to without a death.
import { expect, test } from 'vitest';
import { openDispatchWorld, settle } from './dispatch-world.ts';
import { type Death, mortal } from './mortal.ts';

const pay = `workflow:
  id: pay
  version: 1
  input: {required: [order], properties: {token: {type: string, secret: true}}}
  triggers: [{on: order.paid, dedupe_key: "\${event.data.order}"}]
  tasks:
    - {id: more, type: WAIT, signal: order.paid, match: signal.data.order == workflow.input.order}
    - {id: book, uses: noop, depends_on: more}
`;
const tell = `workflow:
  id: tell
  version: 1
  triggers: [{on: order.paid, when: event.data.order != "o2"}]
  tasks: [{id: say, uses: noop}]
`;
const ask = `workflow:
  id: ask
  version: 1
  triggers: [{on: plan.made}]
  tasks: [{id: sign, type: HUMAN, wait_for_approval: true}]
`;
async function play(death: Death) {
  const world = await openDispatchWorld([pay, tell, ask]);
  const first = mortal(death);
  const dispatcher = world.dispatch(first.through);
  const phases = [
    () => {
      for (const order of ['o1', 'o2']) world.emit({ data: { order, token: 'hunter2' } });
      world.emit({ type: 'plan.made' });
      world.emit({ body: 'garbage' });
    },
    async () => {
      const run = (await world.triggered()).find(({ head }) => head.definition.id === 'ask')?.run;
      world.emit({ data: { order: 'o1' } });
      world.emit({
        type: 'approval.decision',
        data: { run: run ?? '', task: 'sign', decision: 'approve', by: 'ana' },
      });
      world.emit({ type: 'nobody.wants' });
    },
  ];
  let isFollowed = false;
  for (const phase of phases) {
    await phase();
    await settle();
    if (first.isDead()) {
      if (!isFollowed) {
        void dispatcher.stop();
        world.dispatch();
      }
      isFollowed = true;
      await settle();
      world.clock.advance(60_000);
      await settle();
    }
  }
  const runs = await world.triggered();
  const states = await Promise.all(
    runs.map(async ({ run, head, sequence }) => {
      const { state } = await world.workflows.view(run);
      return [head.definition.id, run, state.status, sequence, await world.runSecrets.of(run)];
    }),
  );

  return {
    calls: first.calls(),
    ends: states.sort((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1)),
    outcomes: [...world.outcomes.values()]
      .sort((a, b) => a.position - b.position)
      .map(({ position, status, effects }) => [
        position,
        status,
        // Which runs wait for events that are not meant for them depends on when each comes.
        effects.flatMap(({ kind, run, code }) => (code === 'signal.not-awaited' ? [] : [[kind, run, code]])),
      ]),
    left: world.waiting.size,
    troubles: world.troubles,
  };
}

test('killed at any moment, each event comes to the same end: one run for each key, and one outcome', async () => {
  const { calls, ...whole } = await play({ at: 0, when: 'before' });
  expect(whole.ends.map(([definition, , status]) => [definition, status]).sort()).toEqual([
    ['ask', 'COMPLETED'],
    ['pay', 'COMPLETED'],
    ['pay', 'RUNNING'],
    ['tell', 'COMPLETED'],
    ['tell', 'COMPLETED'],
  ]);
  expect(whole.outcomes).toHaveLength(7);
  expect([whole.left, whole.troubles]).toEqual([0, []]);

  for (let at = 1; at <= calls; at += 1) {
    // Before a call is nearly the same as after the one before it.
    const whens = at % 4 === 1 ? (['after', 'before'] as const) : (['after'] as const);
    for (const when of whens) {
      const { calls: _calls, ...crashed } = await play({ at, when });
      expect(crashed, `killed ${when} call ${at} of ${calls}`).toEqual(whole);
    }
  }
}, 120_000);
