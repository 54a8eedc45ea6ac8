// An EVENT task tells the world once, however often it is tried. These tests pin down what it tells. Method: a handler
// over events in memory, or over a broker that is broken in one way.
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { CloudEvent } from '../../events/cloud-event.ts';
import type { EventTask } from '../../machines/task.ts';
import { createEventHandler } from '../../src/outgoing/event-handler.ts';
import { type EventPublisher, EventsUnavailable } from '../../src/ports/events/event-publisher.ts';
import type { Attempt } from '../../src/ports/work/handler.ts';
import { createMemoryEventPublisher } from '../../src/stores/memory/event-publisher.ts';
import { testAttempt } from '../support/attempt.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { taskKeys } from '../support/task-keys.ts';

const values: ReadonlyMap<Json, Json> = new Map<Json, Json>([
  ['${workflow.id}', 'orders'],
  ['${order}', { id: 7 }],
  ['${order.id}', 7],
  ['${nothing}', null],
]);

test('publishes a CloudEvent of what the templates render to, and gives what tells it apart', async () => {
  const events = createMemoryEventPublisher();
  const output = await tell({ type: 'order.paid', subject: '${order.id}', data: '${order}' }, { events });
  const told = {
    id: 'run-1/loop[3].tell',
    type: 'order.paid',
    subject: '7',
    time: '2026-01-01T00:00:00.000Z',
  };

  expect(output).toEqual(told);
  expect(events.published).toEqual([
    {
      ...told,
      specversion: '1.0',
      source: '/3ox/orders',
      hops: 1,
      datacontenttype: 'application/json',
      data: { id: 7 },
    },
  ]);
  expect(CloudEvent.parse(events.published[0])).toEqual(events.published[0]);
});

test('an event of a run that an event of a run has started tells how many runs lie behind it', async () => {
  const events = createMemoryEventPublisher();
  await tell({ type: 'order.paid' }, { events, attempt: { hops: 3 } });

  expect(events.published[0]).toMatchObject({ hops: 4 });
});

test('another attempt at the same task publishes the same event, so that it is told once', async () => {
  const events = createMemoryEventPublisher();
  for (const attempt of [1, 2]) await tell({ type: 'order.paid' }, { events, attempt: { attempt } });

  expect(events.published).toHaveLength(1);
});

test.each([undefined, '${nothing}', ''])('an event with the subject %j has none', async (subject) => {
  const events = createMemoryEventPublisher();
  const output = await tell(
    { type: 'order.paid', ...(subject === undefined ? {} : { subject }) },
    { events },
  );

  expect(output).toMatchObject({ subject: null });
  expect(events.published[0]).not.toHaveProperty('subject');
  expect(events.published[0]).not.toHaveProperty('data');
});

test.each<[EventTask['event'], string]>([
  [{ type: 'order.*' }, 'event.bad-type'],
  [{ type: 'order paid' }, 'event.bad-type'],
  [{ type: 'order.paid', subject: '${order}' }, 'event.bad-subject'],
  [{ type: 'order.paid', data: 'x'.repeat(2 ** 20) }, 'event.too-large'],
])('%.60j fails for good with %s', async (event, code) => {
  const events = createMemoryEventPublisher();

  await expect(tell(event, { events })).rejects.toMatchObject({ name: 'TaskError', code, retryable: false });
  expect(events.published).toEqual([]);
});

test('another attempt may help when the broker cannot be reached', async () => {
  const events = { publish: () => Promise.reject(new EventsUnavailable('no answer')) };

  await expect(tell({ type: 'order.paid' }, { events })).rejects.toMatchObject({
    name: 'TaskError',
    code: 'event.unavailable',
    message: 'no answer',
    retryable: true,
  });
});

test('an error that nobody foresaw stays what it is', async () => {
  const unforeseen = new Error('unforeseen');
  const events = { publish: () => Promise.reject(unforeseen) };

  await expect(tell({ type: 'order.paid' }, { events })).rejects.toBe(unforeseen);
});

function tell(
  event: EventTask['event'],
  { events, attempt }: { readonly events: EventPublisher; readonly attempt?: Partial<Attempt> },
): Promise<Json> {
  const task: EventTask = { ...taskKeys('tell'), type: 'EVENT', event };
  const handler = createEventHandler(task, { events, clock: createManualClock() });
  const render = (template: Json) => (values.has(template) ? (values.get(template) ?? null) : template);

  return handler(testAttempt({ projectDir: '/', task: 'loop[3].tell', render, ...attempt }));
}
