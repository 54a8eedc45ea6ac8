// Who carries out what in this process. Method: ask for each kind of task, and let those work that need no outside.
import { expect, test } from 'vitest';
import { createMemoryEventPublisher } from '../../src/adapters/memory/event-publisher.ts';
import { createPerformers } from '../../src/compose/performers.ts';
import { testAttempt } from '../support/attempt.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { taskKeys } from '../support/task-keys.ts';

const events = createMemoryEventPublisher();
const { find } = createPerformers({ events, clock: createManualClock() });
const attempt = testAttempt({ projectDir: '/' });

test('commands and built-in actions are carried out here', () => {
  const run = { command: ['true'], env: {} };

  expect(find({ ...taskKeys('a'), type: 'SIMPLE', performer: { kind: 'run', run } })?.worker).toBe('command');
  expect(
    find({ ...taskKeys('a'), type: 'SIMPLE', performer: { kind: 'uses', action: 'notify' } })?.worker,
  ).toBe('notify');
});

test('an HTTP task is a request from here', async () => {
  const request = { method: 'GET', url: 'file:///nowhere', headers: {} };
  const found = find({ ...taskKeys('a'), type: 'HTTP', request });

  expect(found?.worker).toBe('http');
  await expect(found?.handler(attempt)).rejects.toMatchObject({ code: 'http.bad-url' });
});

test('an EVENT task publishes to the events of the session, at the time of its clock', async () => {
  const found = find({ ...taskKeys('a'), type: 'EVENT', event: { type: 'order.paid' } });
  await found?.handler(attempt);

  expect(found?.worker).toBe('event');
  expect(events.published).toMatchObject([{ id: 'run-1/a_task', time: '2026-01-01T00:00:00.000Z' }]);
});

test('an action that nobody wrote fails by name, and a task for an agent or a skill is for workers', async () => {
  const unknown = find({ ...taskKeys('a'), type: 'SIMPLE', performer: { kind: 'uses', action: 'fly' } });

  await expect(unknown?.handler(attempt)).rejects.toMatchObject({ code: 'action.unknown' });
  expect(find({ ...taskKeys('a'), type: 'SIMPLE' })).toBeUndefined();
  expect(
    find({ ...taskKeys('a'), type: 'SIMPLE', performer: { kind: 'agent', agent: 'x' } }),
  ).toBeUndefined();
});
