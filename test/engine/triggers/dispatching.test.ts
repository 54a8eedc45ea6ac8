// What becomes of events that come in: runs that start once for each key, and for each event one outcome that says why.
// Method: an engine on the memory adapters, and the whole outcome compared.
import { expect, test } from 'vitest';
import { JournalUnavailable } from '../../../src/ports/runs/journal.ts';
import { effect, kinds, openDispatchWorld, opened, paid, settle } from './dispatch-world.ts';

const pay = `workflow:
  id: pay
  version: 1
  input: {required: [order], optional: [{amount: 0}]}
  triggers:
    - on: order.paid
      when: event.data.amount >= 10
      dedupe_key: "\${event.data.order}"
  tasks: [{id: book, uses: noop}]
`;
const tell = `workflow:
  id: tell
  version: 1
  input: {optional: [order]}
  triggers: [{id: telling, on: order.paid, input: {order: "\${event.data.order}"}}]
  tasks: [{id: say, uses: noop}]
`;

test('an event starts a run of every definition that wants it, with what it holds as its input', async () => {
  const world = await opened([pay, tell]);
  const [position = 0] = await world.emitted(paid('o1'));
  const runs = await world.triggered();

  expect(world.outcomes.get(position)).toMatchObject({ position, status: 'taken', type: 'order.paid' });
  expect(world.outcomes.get(position)?.effects).toEqual([
    {
      kind: 'started',
      definition: 'pay',
      trigger: 'order.paid',
      run: runs.find(({ head }) => head.definition.id === 'pay')?.run,
    },
    {
      kind: 'started',
      definition: 'tell',
      trigger: 'telling',
      run: runs.find(({ head }) => head.definition.id === 'tell')?.run,
    },
  ]);
  const view = await world.workflows.view(effect(world, position)?.run ?? '');
  expect(view.state.input).toEqual({ order: 'o1', amount: 20 });
  expect(view.state.trigger).toEqual({
    kind: 'event',
    id: 'order.paid',
    event: { source: '/shop', id: 'e1', type: 'order.paid' },
  });
  expect(world.waiting.size).toBe(0);
});

test('events with the same key start one run, whatever their ids', async () => {
  const world = await opened([pay]);
  const positions = await world.emitted(paid('o1'), paid('o2'), paid('o1', 30), paid('o1'));

  expect((await world.triggered()).length).toBe(2);
  expect(positions.flatMap((each) => kinds(world, each)).sort()).toEqual([
    'already',
    'already',
    'started',
    'started',
  ]);
});

test('without a key, the same event told again starts nothing more', async () => {
  const world = await opened([tell]);
  const positions = await world.emitted(
    { id: 'same', ...paid('o1') },
    { id: 'same', ...paid('o1') },
    paid('o1'),
  );

  expect((await world.triggered()).length).toBe(2);
  expect(positions.map((each) => effect(world, each)?.run).slice(0, 2)).toEqual([
    effect(world, 1)?.run,
    effect(world, 1)?.run,
  ]);
});

test('an event that nobody wants is ignored, with every reason', async () => {
  const world = await opened([pay, tell]);
  world.paused.set('tell/telling', { by: 'ana', at: '2026-01-01T00:00:00Z', reason: 'month end' });
  const [unmet = 0, unknown = 0] = await world.emitted(paid('o1', 5), { type: 'order.lost' });

  expect(world.outcomes.get(unmet)).toMatchObject({
    status: 'ignored',
    effects: [
      {
        kind: 'ignored',
        definition: 'pay',
        code: 'trigger.unmet',
        message: expect.stringContaining('amount = 5'),
      },
      {
        kind: 'ignored',
        definition: 'tell',
        code: 'trigger.paused',
        message: 'ana paused it at 2026-01-01T00:00:00Z: month end',
      },
    ],
  });
  expect(world.outcomes.get(unknown)).toMatchObject({
    status: 'ignored',
    effects: [{ kind: 'ignored', code: 'trigger.none' }],
  });
  expect(await world.triggered()).toEqual([]);
});

test('what a definition cannot start with is refused, and others start all the same', async () => {
  const world = await opened([pay, tell]);
  const [position = 0] = await world.emitted({ data: { order: 7, amount: 'much' } });

  expect(world.outcomes.get(position)).toMatchObject({
    status: 'taken',
    effects: [
      { kind: 'refused', definition: 'pay', code: 'trigger.when' },
      { kind: 'started', definition: 'tell' },
    ],
  });
});

test.each([
  ['text', 'hello', 'event.not-json'],
  ['no CloudEvent', '{"hello": 1}', 'event.invalid'],
  ['nothing', '', 'event.not-json'],
  ['very deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'event.too-deep'],
  [
    'of another type than its subject',
    JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 'other' }),
    'event.type-mismatch',
  ],
])('an event that is %s is kept as a dead letter', async (_what, body, code) => {
  const world = await opened([tell]);
  const [position = 0] = await world.emitted({ body });

  expect(world.outcomes.get(position)).toMatchObject({
    status: 'dead',
    text: body.slice(0, 16_384),
    effects: [{ kind: 'refused', code }],
  });
  expect(world.waiting.size).toBe(0);
});

test('an event without a time, or with that of another zone, is one as well', async () => {
  const world = await opened([tell]);
  const event = { specversion: '1.0', id: '1', source: '/s', type: 'order.paid', data: { order: 'o1' } };
  await world.emitted({ body: JSON.stringify(event) });
  await world.emitted({ body: JSON.stringify({ ...event, id: '2', time: '2026-01-01T02:00:00+02:00' }) });

  expect([...world.outcomes.values()].map(({ event: seen }) => seen?.time)).toEqual([
    '2026-01-01T00:00:00.000Z',
    '2026-01-01T00:00:00.000Z',
  ]);
});

test('of triggers with one name, the first whose condition is met starts the run', async () => {
  const graded = `workflow:
  id: graded
  version: 1
  input: {required: [grade]}
  triggers:
    - {on: order.paid, when: event.data.amount >= 100, input: {grade: large}}
    - {on: order.paid, when: event.data.amount >= 10, input: {grade: small}}
    - {on: order.paid, when: event.data.amount >= 5, input: {grade: tiny}}
  tasks: [{id: book, uses: noop}]
`;
  const world = await opened([graded]);
  const [small = 0, none = 0] = await world.emitted(paid('o1', 20), paid('o2', 1));

  expect(kinds(world, small)).toEqual(['started']);
  expect((await world.workflows.view(world.outcomes.get(small)?.effects[0]?.run ?? '')).state.input).toEqual({
    grade: 'small',
  });
  expect(kinds(world, none)).toEqual(['ignored', 'ignored', 'ignored']);
});

test('a definition that is registered while events come counts from then on, and a higher version replaces it', async () => {
  const world = await opened([]);
  await world.emitted(paid('o1'));
  await world.define(pay);
  await world.emitted(paid('o2'));
  await world.define(pay.replace('version: 1', 'version: 2').replace('order.paid', 'order.refunded'));
  await world.emitted(paid('o3'), { type: 'order.refunded', ...paid('o2') });

  expect([1, 2, 3, 4].flatMap((each) => kinds(world, each))).toEqual([
    'ignored',
    'started',
    'ignored',
    'started',
  ]);
});

test('what cannot be had now is tried again, later and later, and told once', async () => {
  const world = await openDispatchWorld([tell]);
  let isDown = true;
  const through = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    if (isDown && what === 'last') throw new JournalUnavailable('no leader');
    return call();
  };
  world.dispatch(through);
  const positions = [world.emit(paid('o1')), world.emit(paid('o2'))];
  for (let second = 0; second < 20; second += 1) {
    await settle();
    world.clock.advance(1_000);
  }
  expect(world.again.filter((_, index) => index % 2 === 0)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  expect(world.troubles).toHaveLength(1);
  isDown = false;
  world.clock.advance(30_000);
  await settle();

  expect(positions.flatMap((each) => kinds(world, each))).toEqual(['started', 'started']);
  expect((await world.triggered()).length).toBe(2);
});

test('trouble that was told is told again by an engine that looks after events anew', async () => {
  const world = await openDispatchWorld([tell]);
  const dispatcher = world.dispatch(async (what, call) => {
    if (what === 'last') throw new JournalUnavailable('no leader');
    return call();
  });
  world.emit(paid('o1'));
  await settle();
  expect(world.troubles).toHaveLength(1);
  await dispatcher.restart();
  await settle();
  expect(world.troubles).toHaveLength(2);
});

test('secrets of an input are kept for the run, and the journal does not show them', async () => {
  const secret = `workflow:
  id: secretive
  version: 1
  input: {properties: {token: {type: string, secret: true}}, required: [token]}
  triggers: [{on: order.paid, dedupe_key: "\${event.subject}"}]
  tasks: [{id: use, type: HUMAN, wait_for_approval: true}]
`;
  const world = await opened([secret]);
  await world.emitted(
    { subject: 'one', data: { token: 'hunter2' } },
    { subject: 'one', data: { token: 'hunter3' } },
  );
  const run = effect(world, 1)?.run ?? '';

  expect((await world.triggered()).length).toBe(1);
  expect(await world.runSecrets.of(run)).toEqual({
    token: kinds(world, 1)?.[0] === 'started' ? 'hunter2' : 'hunter3',
  });
  for await (const stored of world.journal.read(run)) expect(stored.body).not.toContain('hunter');
});

test.each([
  ['the data itself', 'properties: {token: {type: string, secret: true}}, required: [token]', ''],
  [
    'an input that is made of it',
    'properties: {token: {type: string, secret: true}}, required: [token]',
    ', input: {token: "${event.data.token}"}',
  ],
])(
  'of an event whose data is secret to somebody no outcome shows any of it: %s',
  async (_how, input, more) => {
    const secretive = `workflow:
  id: secretive
  version: 1
  input: {${input}}
  triggers: [{on: order.paid, when: event.data.token != 'hunter2'${more}}]
  tasks: [{id: use, type: HUMAN, wait_for_approval: true}]
`;
    const nosy = tell.replace('{id: telling, ', `{id: telling, when: event.data.token == '', `);
    const world = await opened([secretive, nosy]);
    await world.emitted(
      { data: { token: 'hunter2' } },
      { data: { token: 'hunter3' } },
      { body: '{"data": {"token": "hunter4"}}' },
    );

    expect([1, 2, 3].map((each) => world.outcomes.get(each)?.status)).toEqual(['ignored', 'taken', 'dead']);
    expect(world.outcomes.get(1)?.effects.map(({ message }) => message)).toEqual(
      ["event.data.token == '' is false", "event.data.token != 'hunter2' is false"].sort(),
    );
    expect(JSON.stringify([...world.outcomes.values()])).not.toMatch(/hunter[34]/);
    expect(world.outcomes.get(2)?.event).toMatchObject({ id: 'e2', source: '/shop', type: 'order.paid' });
  },
);

test('where an input is secret that no trigger gives, the outcome shows the data', async () => {
  const other = `workflow:
  id: other
  version: 1
  input: {properties: {token: {type: string, secret: true}}, optional: [order, token]}
  triggers: [{on: order.paid, input: {order: "\${event.data.order}"}}]
  tasks: [{id: use, type: HUMAN, wait_for_approval: true}]
`;
  const world = await opened([other]);
  await world.emitted(paid('o1'));

  expect(world.outcomes.get(1)).toMatchObject({ status: 'taken', event: { data: { order: 'o1' } } });
});
