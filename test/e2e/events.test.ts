// Events from outside, from the client that publishes one to the run that it starts, wakes or decides. Method: a real
// server, the built command line as `workflow serve`, definitions in its project, and events of a plain NATS client.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EventStation, openEventStation } from './event-station.ts';

const definitions = {
  qualify: `workflow:
  id: qualify
  version: 1
  input: {required: [lead, score]}
  triggers:
    - id: lead_qualification
      on: lead_qualification
      when: event.data.score >= 70
      dedupe_key: "\${event.data.lead}"
  tasks: [{id: note, type: SET_VARIABLE, variables: {noted: true}}]
`,
  count: `workflow:
  id: count
  version: 1
  triggers: [{on: lead_qualification}]
  tasks: [{id: note, type: SET_VARIABLE, variables: {noted: true}}]
`,
  order: `workflow:
  id: order
  version: 1
  input: {required: [order]}
  triggers: [{on: order.placed}]
  tasks:
    - {id: paid, type: WAIT, signal: order.paid, match: signal.data.order == workflow.input.order}
    - {id: sign, type: HUMAN, wait_for_approval: true, depends_on: paid}
`,
};

let station: EventStation;
beforeAll(async () => {
  station = await openEventStation(definitions);
});
afterAll(() => station.close());

const lead = (id: string, name: string, score = 90) => ({ id, data: { lead: name, score } });

test('whoever serves says how many triggers count, and that it looks after them', async () => {
  await expect.poll(station.engine.said).toContain('3 triggers: 3 events');
  expect(station.engine.said()).toContain('this engine looks after the triggers of all');
});

test('an event that any NATS client publishes starts a run of each definition that wants it', async () => {
  const position = await station.publish('lead_qualification', lead('l1', 'acme'));
  const { status, effects } = await station.outcome(position);
  const [counted] = await station.runsOf('count');
  const [qualified] = await station.runsOf('qualify');

  expect(status).toBe('taken');
  expect(effects).toEqual([
    { kind: 'started', definition: 'count', trigger: 'lead_qualification', run: counted },
    { kind: 'started', definition: 'qualify', trigger: 'lead_qualification', run: qualified },
  ]);
  await station.reaches(qualified ?? '', 'COMPLETED');
  expect((await station.workflows.view(qualified ?? '')).state.input).toEqual({ lead: 'acme', score: 90 });
});

test('the same key starts one run, also when the engine is killed in between', async () => {
  const first = await station.publish('lead_qualification', lead('l2', 'beta'));
  const again = await station.publish('lead_qualification', lead('l3', 'beta'));
  await Promise.all([first, again].map(station.outcome));
  await station.engine.kill9();
  const later = await station.publish('lead_qualification', lead('l4', 'beta'));
  await station.engine.start();
  const { effects } = await station.outcome(later);

  expect(effects).toContainEqual(expect.objectContaining({ kind: 'already', definition: 'qualify' }));
  expect(effects).toContainEqual(expect.objectContaining({ kind: 'started', definition: 'count' }));
  expect(await station.runsOf('qualify')).toHaveLength(2);
  expect(await station.runsOf('count')).toHaveLength(4);
});

test('an event wakes the run that it matches, and a decision that comes as one ends it', async () => {
  const placed = await Promise.all(
    ['o1', 'o2'].map(async (order) => {
      const { effects } = await station.outcome(
        await station.publish('order.placed', { id: `placed ${order}`, data: { order } }),
      );
      return effects[0]?.run ?? '';
    }),
  );
  const [one = '', two = ''] = placed;
  const waiting = async (run: string) => (await station.workflows.view(run)).state.tasks['paid']?.state;
  await expect
    .poll(() => Promise.all(placed.map(waiting)), { timeout: 30_000 })
    .toEqual(['awaiting', 'awaiting']);
  const { effects } = await station.outcome(
    await station.publish('order.paid', { id: 'paid o1', data: { order: 'o1' } }),
  );
  const asked = async () => (await station.workflows.view(one)).state.tasks['sign']?.state;
  await expect.poll(asked, { timeout: 30_000 }).toBe('pending_approval');
  const decision = { run: one, task: 'sign', decision: 'approve', by: 'ana' };
  const decided = await station.outcome(
    await station.publish('approval.decision', { id: 'd1', data: decision }),
  );

  expect(effects).toContainEqual({ kind: 'woke', run: one });
  expect(decided.effects).toMatchObject([{ kind: 'decided', run: one, task: 'sign' }]);
  await station.reaches(one, 'COMPLETED');
  expect(await waiting(two)).toBe('awaiting');
});

test('what cannot be read is a dead letter, and what nobody wants is ignored, with the reason', async () => {
  const garbage = await station.publish('lead_qualification', { id: '', body: 'not even JSON' });
  const unknown = await station.publish('weather.changed', { id: 'w1' });

  expect(await station.outcome(garbage)).toMatchObject({
    status: 'dead',
    text: 'not even JSON',
    effects: [{ code: 'event.not-json' }],
  });
  expect(await station.outcome(unknown)).toMatchObject({
    status: 'ignored',
    effects: [{ code: 'trigger.none' }],
  });
});
