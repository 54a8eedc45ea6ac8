// Events that wait, and events that cancel, on a real server while the engine is killed with SIGKILL in between.
// Method: what waits is seen in the outcomes before the kill, and what started in the journal of the next engine.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EventStation, openEventStation } from './event-station.ts';

const of = (id: string, rule: string, input = '') => `workflow:
  id: ${id}
  version: 1
  input: {optional: [order, orders]}
  triggers: [{id: told, on: ${id}.changed, ${rule}${input}}]
  tasks: [{id: note, type: SET_VARIABLE, variables: {noted: true}}]
`;
const orders = ', input: {orders: "${event.data.events.map(each, each.data.order)}"}';
const definitions = {
  slow: of('slow', 'throttle: {limit: 1, per: 2s}'),
  quiet: of('quiet', 'debounce: {for: 2s}'),
  many: of('many', 'batch: {size: 100, within: 2s}', orders),
  ship: `workflow:
  id: ship
  version: 1
  input: {required: [order]}
  triggers: [{on: ship.placed}]
  cancel_on: {event: ship.cancelled, when: "\${event.data.order == workflow.input.order}"}
  tasks: [{id: sent, type: WAIT, signal: never}]
`,
};

let station: EventStation;
beforeAll(async () => {
  station = await openEventStation(definitions);
});
afterAll(() => station.close());

async function told(definition: string): Promise<readonly number[]> {
  const positions: number[] = [];
  for (const order of ['a', 'b', 'c'])
    positions.push(
      await station.publish(`${definition}.changed`, { id: `${definition} ${order}`, data: { order } }),
    );

  return positions;
}

const kindOf = async (position: number) => (await station.outcome(position)).effects[0]?.kind;

async function inputsOf(definition: string): Promise<readonly unknown[]> {
  const views = await Promise.all((await station.runsOf(definition)).map(station.workflows.view));

  return views
    .map(({ state }) => state.input)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

test('what waits for a throttle, for quiet or for others is started once by the engine that comes after a kill', async () => {
  const [slow, quiet, many] = await Promise.all(['slow', 'quiet', 'many'].map(told));
  const all = [...(slow ?? []), ...(quiet ?? []), ...(many ?? [])];
  await Promise.all(all.map(station.outcome));
  await station.engine.kill9();
  await station.engine.start();
  const settled = async () => (await Promise.all(all.map(kindOf))).filter((kind) => kind === 'held').length;
  await expect.poll(settled, { timeout: 60_000 }).toBe(0);

  expect(await inputsOf('slow')).toEqual([{ order: 'a' }, { order: 'b' }, { order: 'c' }]);
  expect(await inputsOf('quiet')).toEqual([{ order: 'c' }]);
  expect(await inputsOf('many')).toEqual([{ orders: ['a', 'b', 'c'] }]);
}, 120_000);

test('an event that came while no engine was there cancels the run that it means', async () => {
  const runs = await Promise.all(
    ['o1', 'o2'].map(async (order) => {
      const position = await station.publish('ship.placed', { id: `placed ${order}`, data: { order } });
      return (await station.outcome(position)).effects[0]?.run ?? '';
    }),
  );
  const [one = '', two = ''] = runs;
  await station.engine.kill9();
  const position = await station.publish('ship.cancelled', { id: 'c-1', data: { order: 'o1' } });
  await station.engine.start();
  await station.reaches(one, 'TERMINATED');

  expect((await station.workflows.view(one)).state.reason).toBe(
    'the event ship.cancelled (/test#c-1) cancels it',
  );
  // Which runs are asked is noted before they are.
  await expect
    .poll(async () => (await station.outcome(position)).effects, { timeout: 30_000 })
    .toContainEqual({ kind: 'woke', run: one, code: 'run.cancelled' });
  expect(await station.statusOf(two)).toBe('RUNNING');
}, 120_000);
