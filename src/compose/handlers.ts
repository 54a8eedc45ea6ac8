import { createActions } from '../actions/registry.ts';
import { isPrivateAddress, lookedUpHost, type PrivateHosts, portOf } from '../http-task/guarded-fetch.ts';
import { createHttpHandler } from '../http-task/http-handler.ts';
import { createModelHandler } from '../http-task/model-handler.ts';
import { createProjectSecrets } from '../keys/project-secrets.ts';
import { messageOf } from '../lib/text.ts';
import { createEventHandler } from '../outgoing/event-handler.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventPublisher } from '../ports/events/event-publisher.ts';
import type { Performers } from '../ports/work/handler.ts';
import { TaskError } from '../ports/work/handler.ts';
import { type Models, modelsFileName } from '../ports/work/models.ts';
import { readModels } from '../project/read-models.ts';
import { readServed } from '../project/serve-file.ts';
import { createCommandHandler } from '../subprocess/command-handler.ts';
import { notedDashboards } from './session/note-dashboard.ts';

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
          return { worker: 'http', handler: createHttpHandler(task, privateHosts) };
        case 'EVENT':
          return { worker: 'event', handler: createEventHandler(task, deps) };
        case 'SIMPLE':
          return findSimple(actions, task.performer);
      }
    },
    ofAgent: ({ name, transport }): Found => {
      if (transport.kind !== 'command') return undefined;

      return { worker: `command:${name}`, prints: true, handler: createCommandHandler(transport.run) };
    },
  };
}

function findSimple(actions: Actions, performer: Performer): Found {
  switch (performer.kind) {
    case 'run':
      return { worker: 'command', prints: true, handler: createCommandHandler(performer.run) };
    case 'model':
      return {
        worker: `model:${performer.model.alias}`,
        handler: createModelHandler(performer.model, models),
      };
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
    Promise.reject(
      new TaskError(
        'action.unknown',
        `there is no action "${name}" in this engine; there are ${known}. Where a program brings it by createEngine, ` +
          'every engine of the namespace has to, or the task is given to an agent (docs/embedding.md)',
      ),
    );
}

/** Read anew for each attempt, so that a change counts at once. */
const models: Models = {
  find: async (alias, projectDir) => {
    const { models: declared } = await readModels(projectDir).catch((error: unknown) => {
      throw new TaskError('llm.unknown-model', messageOf(error), { retryable: true });
    });
    const model = declared.find((each) => each.alias === alias);
    if (model === undefined) {
      const names = declared.map((each) => each.alias).join(', ') || 'none';
      throw new TaskError(
        'llm.unknown-model',
        `there is no model "${alias}" in ${modelsFileName}; there are ${names}`,
      );
    }
    if (model.secret === undefined) return model;
    const key = createProjectSecrets(projectDir, process.env).get(model.secret);
    if (key !== undefined) return { ...model, key };
    const message = `the model "${alias}" is asked with the secret ${model.secret}, which is not set on this machine`;
    throw new TaskError('llm.no-key', message, { retryable: true });
  },
};

/**
 * What serve.yaml lists as private_hosts, each with any port or with one. Never the HTTP API of the project's own
 * engines: a task would do there what whoever started its run may not.
 */
export const privateHosts: PrivateHosts = {
  allows: async (url, projectDir) => {
    const { privateHosts: listed } = await readServed(projectDir).catch((error: unknown) => {
      throw new TaskError('http.private-address', `no request is sent to ${url.origin}: ${messageOf(error)}`);
    });
    const names = [url.hostname, `${url.hostname}:${portOf(url)}`];
    if (!listed.some((host) => names.includes(host))) return false;
    const own = await notedDashboards(projectDir);
    if (own.some((dashboard) => portOf(dashboard) === portOf(url) && isHere(url, dashboard)))
      throw new TaskError(
        'http.private-address',
        `no request is sent to ${url.origin}: it is the HTTP API of an engine of this project`,
      );

    return true;
  },
};

/** Every name but that of the dashboard and those of this machine stands for another. */
function isHere(url: URL, dashboard: URL): boolean {
  const { hostname } = url;

  return hostname === dashboard.hostname || hostname === 'localhost' || isPrivateAddress(lookedUpHost(url));
}
