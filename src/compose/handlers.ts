import { createActions } from '../actions/registry.ts';
import { createHttpHandler } from '../http-task/http-handler.ts';
import { createEventHandler } from '../outgoing/event-handler.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventPublisher } from '../ports/events/event-publisher.ts';
import type { Performers } from '../ports/work/handler.ts';
import { TaskError } from '../ports/work/handler.ts';
import { createCommandHandler } from '../subprocess/command-handler.ts';

type Found = ReturnType<Performers['find']>;
type Actions = ReturnType<typeof createActions>;
type Performer = Parameters<Performers['find']>[0]['performer'];

/**
 * What this process carries out itself: built-in actions, commands, HTTP requests, events, and what is for agents that
 * are commands. All other agents, and skills, need workers.
 */
export function createPerformers(deps: {
  readonly events: EventPublisher;
  readonly clock: Clock;
}): Performers {
  const actions = createActions();

  return {
    find: (task): Found => {
      switch (task.type) {
        case 'HTTP':
          return { worker: 'http', handler: createHttpHandler(task) };
        case 'EVENT':
          return { worker: 'event', handler: createEventHandler(task, deps) };
        case 'SIMPLE':
          return findSimple(actions, task.performer);
      }
    },
    ofAgent: ({ name, transport }): Found => {
      if (transport.kind !== 'command') return undefined;

      return { worker: `command:${name}`, handler: createCommandHandler(transport.run) };
    },
  };
}

function findSimple(actions: Actions, performer: Performer): Found {
  switch (performer.kind) {
    case 'run':
      return { worker: 'command', handler: createCommandHandler(performer.run) };
    case 'uses':
      return {
        worker: performer.action,
        handler: actions.get(performer.action) ?? unknownAction(actions, performer.action),
      };
    default:
      return undefined;
  }
}

function unknownAction(actions: Actions, name: string) {
  const known = [...actions.keys()].join(', ');
  return () =>
    Promise.reject(new TaskError('action.unknown', `there is no action "${name}"; there are ${known}`));
}
