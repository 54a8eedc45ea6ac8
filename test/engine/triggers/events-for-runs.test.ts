// What events do to runs that are there, and who may have them do it: runs that wait are woken, approvals decided, and
// circles stopped. Method: an engine on the memory adapters, and the whole outcome compared.
import { expect, test } from 'vitest';
import { authorityOf } from '../../../machines/agents/authority.ts';
import { effect, kinds, opened, paid } from './dispatch-world.ts';

const tell = `workflow:
  id: tell
  version: 1
  input: {optional: [order]}
  triggers: [{id: telling, on: order.paid, input: {order: "\${event.data.order}"}}]
  tasks: [{id: say, uses: noop}]
`;
const wait = `workflow:
  id: wait
  version: 1
  input: {required: [order]}
  triggers: [{on: order.placed}]
  tasks: [{id: paid, type: WAIT, signal: order.paid, match: signal.data.order == workflow.input.order}]
`;
const ask = `workflow:
  id: ask
  version: 1
  triggers: [{on: plan.made}]
  tasks: [{id: sign, type: HUMAN, wait_for_approval: true}]
`;

test('an event wakes the runs that wait for it and match, and those that do not match keep nothing of it', async () => {
  const world = await opened([wait]);
  await world.emitted(
    { type: 'order.placed', data: { order: 'o1' } },
    { type: 'order.placed', data: { order: 'o2' } },
  );
  const [one = '', two = ''] = [effect(world, 1)?.run, effect(world, 2)?.run];
  const [position = 0] = await world.emitted(paid('o1'));

  expect(world.outcomes.get(position)?.status).toBe('taken');
  expect(world.outcomes.get(position)?.effects).toEqual(
    expect.arrayContaining([
      { kind: 'woke', run: one },
      expect.objectContaining({ kind: 'ignored', run: two, code: 'signal.not-awaited' }),
    ]),
  );
  expect((await world.workflows.view(one)).state.status).toBe('COMPLETED');
  expect((await world.workflows.view(two)).state).toMatchObject({ status: 'RUNNING' });
  expect((await world.workflows.view(two)).state.signals ?? []).toEqual([]);
});

const ship = `workflow:
  id: ship
  version: 1
  input: {required: [order]}
  triggers: [{on: order.placed}]
  cancel_on: {event: order.cancelled, when: "\${event.data.order == workflow.input.order}"}
  tasks:
    - {id: reserve, uses: noop, compensate: release}
    - {id: sent, type: WAIT, signal: order.sent, depends_on: reserve}
    - {id: release, uses: noop}
`;

async function shipping(): Promise<{ world: Awaited<ReturnType<typeof opened>>; one: string; two: string }> {
  const world = await opened([ship]);
  await world.emitted(
    { type: 'order.placed', data: { order: 'o1' } },
    { type: 'order.placed', data: { order: 'o2' } },
  );

  return { world, one: effect(world, 1)?.run ?? '', two: effect(world, 2)?.run ?? '' };
}

test('an event that `cancel_on` names cancels the runs that its condition means, and undoes what they did', async () => {
  const { world, one, two } = await shipping();
  const [position = 0] = await world.emitted({
    type: 'order.cancelled',
    source: '/crm',
    id: 'c-1',
    data: { order: 'o1' },
  });

  expect(world.outcomes.get(position)?.status).toBe('taken');
  expect(world.outcomes.get(position)?.effects).toEqual(
    expect.arrayContaining([
      { kind: 'woke', run: one, code: 'run.cancelled' },
      expect.objectContaining({ kind: 'ignored', run: two, code: 'signal.not-awaited' }),
    ]),
  );
  const { state } = await world.workflows.view(one);
  expect(state).toMatchObject({
    status: 'TERMINATED',
    reason: 'the event order.cancelled (/crm#c-1) cancels it',
    tasks: { release: { state: 'completed' } },
  });
  expect((await world.workflows.view(two)).state.status).toBe('RUNNING');
});

test('a paused run is cancelled by an event, too, and one that has ended is left alone', async () => {
  const { world, one } = await shipping();
  const cancel = { type: 'order.cancelled', data: { order: 'o1' } };
  await world.workflows.command(one, { kind: 'pauseRun' }, 'ana');
  await world.emitted(cancel);
  const [again = 0] = await world.emitted(cancel);

  expect((await world.workflows.view(one)).state.status).toBe('TERMINATED');
  expect(world.outcomes.get(again)?.effects).not.toContainEqual(expect.objectContaining({ kind: 'woke' }));
});

test('an event whose data cannot be compared cancels nothing', async () => {
  const { world, one } = await shipping();
  const [position = 0] = await world.emitted({ type: 'order.cancelled', data: {} });

  expect(world.outcomes.get(position)?.status).toBe('refused');
  expect((await world.workflows.view(one)).state.status).toBe('RUNNING');
});

test('a signal of the same name that a person sends cancels nothing', async () => {
  const { world, one } = await shipping();
  await world.workflows.command(
    one,
    { kind: 'signal', name: 'order.cancelled', data: { order: 'o1' } },
    'ana',
  );

  expect((await world.workflows.view(one)).state.status).toBe('RUNNING');
});

test('an event cancels no run that it starts itself', async () => {
  const world = await opened([
    `workflow:
  id: latest
  version: 1
  triggers: [{on: draft.saved}]
  cancel_on: draft.saved
  tasks: [{id: wait, type: WAIT, signal: never}]
`,
  ]);
  await world.emitted({ type: 'draft.saved' });
  await world.emitted({ type: 'draft.saved' });
  const status = async (position: number) =>
    (await world.workflows.view(effect(world, position)?.run ?? '')).state.status;

  expect([await status(1), await status(2)]).toEqual(['TERMINATED', 'RUNNING']);
});

const decision = (run: string, data: Record<string, string> = {}) => ({
  type: 'approval.decision',
  data: { run, task: 'sign', decision: 'approve', ...data },
});

test('a decision that comes as an event is that of the person it names', async () => {
  const world = await opened([ask]);
  await world.emitted({ type: 'plan.made' });
  const run = effect(world, 1)?.run ?? '';
  const positions = await world.emitted(
    decision(run),
    { ...decision(run, { by: 'ana' }), hops: 1 },
    decision(run, { by: 'engine' }),
    decision('no-such-run', { by: 'ana' }),
    { type: 'approval.decision', data: { run } },
  );
  const codes = positions.map((each) => effect(world, each)?.code);
  await world.emitted(decision(run, { by: 'ana', comment: 'fine' }));
  const [late = 0] = await world.emitted(decision(run, { by: 'bob' }));

  expect(codes).toEqual([
    'decision.nobody',
    'decision.by-run',
    'authority.name',
    'run.not-found',
    'decision.invalid',
  ]);
  expect(world.outcomes.get(7)).toMatchObject({
    status: 'taken',
    effects: [{ kind: 'decided', run, task: 'sign' }],
  });
  expect(world.outcomes.get(late)).toMatchObject({
    status: 'refused',
    effects: [{ kind: 'refused', run, task: 'sign' }],
  });
  const { state } = await world.workflows.view(run);
  expect(state.status).toBe('COMPLETED');
});

test('a change is asked for by an event, with a comment', async () => {
  const again = ask
    .replace('[{id: sign', '[{id: draft, type: NOOP}, {id: sign')
    .replace('approval: true', 'approval: true, depends_on: draft, on_change: draft');
  const world = await opened([again]);
  await world.emitted({ type: 'plan.made' });
  const run = effect(world, 1)?.run ?? '';
  const change = { by: 'ana', decision: 'change' };
  const positions = await world.emitted(
    decision(run, change),
    decision(run, { ...change, comment: 'shorter' }),
  );

  expect(positions.map((each) => effect(world, each))).toMatchObject([
    { kind: 'refused', code: 'input.comment' },
    { kind: 'decided', message: 'change by ana' },
  ]);
  expect((await world.workflows.view(run)).state.tasks['sign']?.changes).toMatchObject([
    { comment: 'shorter' },
  ]);
});

test('a decision with the id of another is not answered as that was', async () => {
  const world = await opened([ask]);
  await world.emitted({ type: 'plan.made' }, { type: 'plan.made' });
  const [one = '', two = ''] = [effect(world, 1)?.run, effect(world, 2)?.run];
  const [first = 0] = await world.emitted({ ...decision(one, { by: 'ana' }), id: 'same' });
  const others = await world.emitted(
    { ...decision(one, { by: 'bob' }), id: 'same' },
    { ...decision(one, { by: 'ana', task: 'other' }), id: 'same' },
    { ...decision(one, { by: 'ana', comment: 'twice' }), id: 'same' },
    { ...decision(one, { by: 'ana' }), id: 'same' },
    { ...decision(two, { by: 'ana' }), id: 'same' },
  );

  expect(kinds(world, first)).toEqual(['decided']);
  expect(others.flatMap((each) => kinds(world, each))).toEqual([
    'refused',
    'refused',
    'refused',
    'decided',
    'decided',
  ]);
});

test('who the server vouches for decides, and emits, as far as their level goes', async () => {
  const authority = authorityOf([
    { name: 'commander', level: 'L0' },
    { name: 'ana', level: 'L2' },
    { name: 'bot', level: 'L3' },
  ]);
  const world = await opened([ask], { authority });
  await world.emitted(
    { type: 'plan.made', by: 'ana' },
    { type: 'plan.made', by: 'bot' },
    { type: 'plan.made', by: 'eve' },
  );

  expect([1, 2, 3].map((each) => world.outcomes.get(each)?.status)).toEqual(['taken', 'refused', 'refused']);
  expect([2, 3].map((each) => effect(world, each)?.code)).toEqual(['authority.level', 'authority.unknown']);
  expect(world.outcomes.get(2)?.by).toBe('bot');
  await world.emitted({ ...decision(effect(world, 1)?.run ?? '', { by: 'bot' }), by: 'commander' });
  expect(effect(world, 4)?.message).toBe('approve by commander');
});

test('a decision that comes as an event starts and wakes nothing for whoever may not emit', async () => {
  const authority = authorityOf([
    { name: 'ana', level: 'L2' },
    { name: 'bot', level: 'L3' },
  ]);
  const named = ask.replace('approval: true', 'approval: true, approvers: {names: [ana, bot]}, quorum: 2');
  const audit = tell
    .replaceAll('order.paid', 'approval.decision')
    .replace('event.data.order', 'event.data.run');
  const waits = `workflow:
  id: waits
  version: 1
  triggers: [{on: plan.made}]
  tasks: [{id: decided, type: WAIT, signal: approval.decision}]
`;
  const world = await opened([named, audit, waits], { authority });
  await world.emitted({ type: 'plan.made', by: 'ana' });
  const run = world.outcomes.get(1)?.effects.find(({ definition }) => definition === 'ask')?.run ?? '';
  await world.emitted({ ...decision(run), by: 'bot' });
  await world.emitted({ ...decision(run), by: 'ana' });

  expect(world.outcomes.get(2)).toMatchObject({
    status: 'taken',
    effects: [
      { kind: 'decided', run },
      { kind: 'refused', code: 'authority.level' },
    ],
  });
  expect(kinds(world, 3)).toEqual(['decided', 'started', 'woke']);
});

test('events that run in a circle are stopped', async () => {
  const world = await opened([tell]);
  const [near = 0, far = 0] = await world.emitted({ ...paid('o1'), hops: 32 }, { ...paid('o2'), hops: 33 });

  expect(kinds(world, near)).toEqual(['started']);
  expect(effect(world, far)).toMatchObject({ kind: 'ignored', code: 'trigger.loop' });
  expect((await world.workflows.view(effect(world, near)?.run ?? '')).state.trigger?.hops).toBe(32);
});

test('news of our own runs leave no note, unless somebody wants them', async () => {
  const onFailure = `workflow:
  id: on-failure
  version: 1
  triggers: [{on: workflow.run.failed}]
  tasks: [{id: look, uses: noop}]
`;
  const world = await opened([onFailure]);
  await world.emitted(
    { type: 'workflow.run.completed', source: '/3ox/pay', hops: 1 },
    { type: 'workflow.run.failed', source: '/3ox/pay', hops: 1 },
  );

  expect([...world.outcomes.keys()]).toEqual([2]);
  expect(world.waiting.size).toBe(0);
});
