import { createActions } from '../adapters/actions/registry.ts';
import { createCommandHandler } from '../adapters/subprocess/command-handler.ts';
import type { Performers } from '../ports/handler.ts';
import { TaskError } from '../ports/handler.ts';

type Performer = ReturnType<Performers['find']>;

/** What this process carries out itself: built-in actions and commands. Agents and skills need workers. */
export function createPerformers(): Performers {
  const actions = createActions();

  return {
    find: ({ performer }): Performer => {
      switch (performer.kind) {
        case 'run':
          return { worker: 'command', handler: createCommandHandler(performer.run) };
        case 'uses':
          return {
            worker: performer.action,
            handler: actions.get(performer.action) ?? unknownAction(performer.action),
          };
        default:
          return undefined;
      }
    },
  };

  function unknownAction(name: string) {
    const known = [...actions.keys()].join(', ');
    return () =>
      Promise.reject(new TaskError('action.unknown', `there is no action "${name}"; there are ${known}`));
  }
}
