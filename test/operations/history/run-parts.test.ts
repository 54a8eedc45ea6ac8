// The parts of the page of a run, over HTTP. Method: the real engine over a journal in memory, and the real layout.
import { afterAll, expect, test } from 'vitest';
import type { EventDetail, EventPage, Graph, RunContext, Timeline } from '../../../src/api/run-parts.ts';
import { createLayout } from '../../../src/project/layout.ts';
import { openRoutes } from '../../http/routes-world.ts';

const layout = createLayout();
afterAll(() => layout.close());

const files = {
  'definitions/told.yaml': `
workflow:
  id: told
  version: 1
  input:
    required: [who]
    properties: {who: {type: string}, token: {type: string, secret: true, default: ''}}
  variables: {seen: 0}
  tasks:
    - {id: count, type: SET_VARIABLE, variables: {seen: "\${workflow.variables.seen + 1}"}}
    - {id: big, type: NOOP, depends_on: count, when: "\${workflow.variables.seen > 5}"}
    - id: choose
      type: DECISION
      depends_on: count
      decision_param: "\${workflow.input.who}"
      decision_cases: {ana: {next: greet}, bob: {next: part}}
    - {id: greet, type: TRANSFORM, output: {said: "hello \${workflow.input.who}"}}
    - {id: part, type: NOOP}
`,
};

async function openRun() {
  const world = await openRoutes(files, undefined, { layout });
  const { get, post } = world;
  const { status: answer, body } = await post('/runs', {
    definition: 'told',
    input: { who: 'ana', token: 'hush' },
  });
  expect([answer, body]).toEqual([201, expect.anything()]);
  const { run } = body as { run: string };
  await expect
    .poll(async () => ((await get(`/runs/${run}`)).body as { status: string }).status)
    .toBe('COMPLETED');
  const part = async <Part>(path: string): Promise<Part> => {
    const { status, body: told } = await get(`/runs/${run}/${path}`);
    expect([path, status]).toEqual([path, 200]);
    return told;
  };

  return { ...world, run, part };
}

test('the events of a run, each with all that it holds', async () => {
  const { part, get, run } = await openRun();
  const page = await part<EventPage>('events?limit=2');
  const all = await part<EventPage>('events');
  expect(all.events.map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: all.total }, (_, index) => index + 1),
  );
  expect(page.events).toEqual(all.events.slice(-2));
  expect((await part<EventPage>('events?after=1&limit=1')).events).toEqual(all.events.slice(1, 2));
  expect((await part<EventPage>('events?types=variables.*')).events.map(({ task }) => task)).toEqual([
    'count',
  ]);

  const detail = await part<EventDetail>('events/1');
  expect(detail).toMatchObject({ ...all.events[0], previousHash: '', fact: { run } });
  expect(JSON.stringify(detail)).not.toContain('hush');
  expect((await part<EventDetail>('events/2')).previousHash).toBe(detail.hash);
  expect(await get(`/runs/${run}/events/99`)).toMatchObject({ status: 404, body: { code: 'run.no-event' } });
  expect(await get('/runs/nowhere/events')).toMatchObject({ status: 404, body: { code: 'run.not-found' } });
});

test('its timeline and its log, as they are and as they were', async () => {
  const { part } = await openRun();
  const timeline = await part<Timeline>('timeline');
  const early = await part<Timeline>('timeline?at=1');

  expect(timeline).toMatchObject({ isOver: true, omitted: 0 });
  expect(timeline.rows.map(({ id }) => id)).toEqual(expect.arrayContaining(['count', 'choose', 'greet']));
  expect(early.isOver).toBe(false);
  expect(early.rows.map(({ id }) => id)).not.toContain('greet');
  expect((await part<{ lines: unknown[] }>('logs?at=1')).lines).toHaveLength(1);
  expect((await part<{ lanes: { name: string }[] }>('agents')).lanes.map(({ name }) => name)).toEqual([
    'ana',
    'engine',
  ]);
});

test('its graph, with the way that it took and why it did not take another', async () => {
  const { part } = await openRun();
  const { nodes, edges } = await part<Graph>('graph');
  const ways = new Map(
    edges.map(({ from, to, isTaken, evidence }) => [`${from} ${to}`, { isTaken, evidence }]),
  );

  expect(ways.get('choose greet')).toEqual({ isTaken: true, evidence: 'workflow.input.who was "ana"' });
  expect(ways.get('choose part')?.isTaken).toBe(false);
  expect(ways.get('count big')).toMatchObject({ isTaken: false });
  expect(ways.get('count big')?.evidence).toContain('workflow.variables.seen > 5 was false');
  const places = new Map(nodes.map(({ id, x, y }) => [id, `${x} ${y}`]));
  expect(new Set(places.values()).size).toBe(nodes.length);
  expect(nodes.find(({ id }) => id === 'greet')).toMatchObject({ status: 'COMPLETED', line: 17 });
});

test('what it knew after an event, and what that changed, without its secrets', async () => {
  const { part } = await openRun();
  const { events } = await part<EventPage>('events?types=variables.set');
  const context = await part<RunContext>(`context?at=${events[0]?.sequence}`);
  const now = await part<RunContext>('context');
  const known = await part<RunContext>(`context?at=${events[0]?.sequence}&changes=no`);

  expect(known).toEqual({ ...context, changes: [] });
  expect(context.variables).toEqual({ seen: 1 });
  expect(context.changes).toContainEqual({ path: 'variables.seen', before: 0, after: 1 });
  expect(now.outputs).toMatchObject({ greet: { said: 'hello ana' } });
  expect(now.input).toEqual({ who: 'ana', token: '[hidden]' });
  expect(JSON.stringify([context, now])).not.toContain('hush');
});
