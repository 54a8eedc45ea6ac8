// Who carries out what in this process. Method: ask for each kind of task, and let those work that need no outside.
import { expect, test } from 'vitest';
import { createPerformers } from '../../src/compose/handlers.ts';
import { createMemoryEventPublisher } from '../../src/stores/memory/event-publisher.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { taskKeys } from '../support/task-keys.ts';

const events = createMemoryEventPublisher();
const { find, ofAgent } = createPerformers({ events, clock: createManualClock() });
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

test('what is for an agent that is a command is carried out here, by that command', async () => {
  const run = { command: ['node', '-e', 'process.stdin.pipe(process.stdout)'], env: {} };
  const agent = {
    name: 'COUNTER',
    level: 'L3',
    skills: [],
    capacity: 1,
    declared: true,
    workers: [],
  } as const;
  const found = ofAgent?.({ ...agent, transport: { kind: 'command', run } });

  expect(found?.worker).toBe('command:COUNTER');
  const projectDir = await temporaryProject();
  await expect(found?.handler({ ...attempt, projectDir, input: { n: 1 } })).resolves.toEqual({ n: 1 });
  expect(ofAgent?.({ ...agent, transport: { kind: 'nats' } })).toBeUndefined();
  expect(ofAgent?.({ ...agent, transport: { kind: 'files', inbox: 'in', outbox: 'out' } })).toBeUndefined();
});
