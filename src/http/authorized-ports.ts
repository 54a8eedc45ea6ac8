import { AsyncLocalStorage } from 'node:async_hooks';
import type { MiddlewareHandler } from 'hono';
import { controlling, starting } from '../../machines/agents/actions.ts';
import { askedNow } from '../../machines/agents/asked.ts';
import type { Deed } from '../../machines/agents/authority.ts';
import { localId } from '../../machines/chart/address.ts';
import { taskAt } from '../../machines/chart/task-at.ts';
import { type LoadedDefinition, loadDefinition } from '../../machines/language/load-definition.ts';
import type { TriggersDesk } from '../ports/events/trigger-admin.ts';
import type { RunCommand, Workflows } from '../ports/runs/workflows.ts';
import type { AgentsDesk } from '../ports/work/agent-admin.ts';
import { placesOf } from '../projections/task/task-order.ts';
import { type ApiDeps, type ApiEnv, type Caller, RequestRefused } from './api.ts';
import { mayDo, refuseUnlessAllowed } from './authorize.ts';

type Desks = Pick<ApiDeps, 'workflows' | 'agents' | 'triggers'>;
type Bounding = Desks & Pick<ApiDeps, 'authority'>;

/** A signature vouches for what comes in by a hook, and not a token. */
type Asking = Caller | 'hook' | undefined;

const asking = new AsyncLocalStorage<Asking>();

/** Remembers who asks for as long as a request is answered. */
export function askedBy(): MiddlewareHandler<ApiEnv> {
  return (c, next) => {
    const { caller } = c.get('visitor');

    return asking.run(c.req.path.startsWith('/hooks/') ? 'hook' : caller, next);
  };
}

/**
 * The same, and every command is held against the token of whoever asks before the engine holds it against their
 * principal: no route can forget to. Nothing is commanded outside of a request, or in the name of somebody else.
 */
export function bounded(deps: Bounding): Desks {
  return {
    workflows: boundedWorkflows(deps),
    agents: boundedAgents(deps.agents),
    triggers: boundedTriggers(deps),
  };
}

function callerAs(actor: string): Caller {
  const caller = asking.getStore();
  if (caller === 'hook') return { actor };
  if (caller?.actor === actor) return caller;
  const message = `this was asked by ${JSON.stringify(caller?.actor)}: ${JSON.stringify(actor)} has to do that`;

  throw new RequestRefused({ code: 'authority.not-you', message });
}

function callerNow(): Caller {
  const caller = asking.getStore();
  if (typeof caller === 'object') return caller;

  throw new RequestRefused({ code: 'authority.not-you', message: 'nobody asked for this by a request' });
}

function boundedWorkflows({ workflows, authority }: Omit<Bounding, 'agents' | 'triggers'>): Workflows {
  // What is registered already all may use.
  const mayDefine = async (caller: Caller, { ref }: LoadedDefinition): Promise<void> => {
    if (caller.level === undefined) return;
    const known = await workflows.definition(ref.id, ref.version);
    if (known?.ref.hash !== ref.hash) mayDo(caller, { kind: 'define', definition: ref.id });
  };

  return {
    ...workflows,
    start: async (request) => {
      const caller = callerAs(request.actor);
      const { definition, alongside = [] } = request;
      for (const each of [...alongside.map((other) => other.definition), definition])
        await mayDefine(caller, each);
      mayDo(caller, starting(definition.definition));

      return workflows.start(request);
    },
    command: async (run, command, actor) => {
      const caller = callerAs(actor);
      const deed = caller.level === undefined ? undefined : await commandDeed(workflows, run, command);
      if (deed !== undefined) mayDo(caller, deed);

      return workflows.command(run, command, actor);
    },
    // Engines ask nobody for their level here: they hand runs on to each other that way.
    adopt: async (run) => {
      refuseUnlessAllowed(authority, callerNow(), {
        kind: 'control',
        what: 'having an engine work on a run',
      });

      return workflows.adopt(run);
    },
    fork: async (request) => {
      const caller = callerAs(request.actor);
      if (caller.level !== undefined) mayDo(caller, starting((await workflows.view(request.run)).definition));

      return workflows.fork(request);
    },
    migrate: async (run, hash, actor) => {
      mayDo(callerAs(actor), { kind: 'control', what: 'migrating a run' });

      return workflows.migrate(run, hash, actor);
    },
    publish: async (request) => {
      const caller = callerAs(request.actor);
      if (!request.dryRun) await mayDefine(caller, request.definition);

      return workflows.publish(request);
    },
  };
}

function boundedAgents(agents: AgentsDesk): AgentsDesk {
  const mayDrain = (agent: string, by: string) => mayDo(callerAs(by), { kind: 'drain', agent });

  return {
    ...agents,
    drain: async (agent, options) => {
      mayDrain(agent, options.by);

      return agents.drain(agent, options);
    },
    resume: async (agent, options) => {
      mayDrain(agent, options.by);

      return agents.resume(agent, options);
    },
  };
}

function boundedTriggers({ triggers, workflows }: Omit<Desks, 'agents'>): TriggersDesk {
  const mayControl = (by: string, what: string) => mayDo(callerAs(by), { kind: 'control', what });

  return {
    ...triggers,
    pause: async (name, options) => {
      mayControl(options.by, `pausing ${name.trigger}`);

      return triggers.pause(name, options);
    },
    resume: async (name, options) => {
      mayControl(options.by, `resuming ${name.trigger}`);

      return triggers.resume(name, options);
    },
    runNow: async (name, options) => {
      const caller = callerAs(options.by);
      const { definition = '' } = name;
      const deed = caller.level === undefined ? undefined : await startDeed(workflows, definition);
      if (deed !== undefined) mayDo(caller, deed);

      return triggers.runNow(name, options);
    },
    backfill: async (name, options) => {
      mayControl(options.by, `backfilling ${name.trigger}`);

      return triggers.backfill(name, options);
    },
    tryBackfill: async (name, options) => {
      mayControl(options.by, `backfilling ${name.trigger}`);

      return triggers.tryBackfill(name, options);
    },
    emit: async (event, options) => {
      mayDo(callerAs(options.as), { kind: 'emit', type: event.type });

      return triggers.emit(event, options);
    },
  };
}

/**
 * What a command does, as far as who may give it depends on it; the run is read for answers to approvals only.
 * Undefined where it is the run that says what is wrong: such a task asks nobody.
 */
async function commandDeed(
  workflows: Pick<Workflows, 'view'>,
  run: string,
  command: RunCommand,
): Promise<Deed | undefined> {
  switch (command.kind) {
    case 'signal':
      return { kind: 'signal', name: command.name };
    case 'approve':
    case 'reject':
    case 'delegateApproval':
      return answering(workflows, run, command.task);
    default:
      return controlling(command);
  }
}

async function answering(
  workflows: Pick<Workflows, 'view'>,
  run: string,
  address: string,
): Promise<Deed | undefined> {
  const { definition, state } = await workflows.view(run);
  const task = placesOf(definition).get(localId(address))?.task;
  const known = taskAt(state, address);
  if (task?.type !== 'HUMAN' || known === undefined) return undefined;

  return { kind: 'approve', task: address, asked: askedNow(task, known) };
}

/** The start of a run by the highest registered version; undefined where there is none that can be read. */
async function startDeed(workflows: Pick<Workflows, 'definition'>, id: string): Promise<Deed | undefined> {
  const stored = await workflows.definition(id);
  if (stored === undefined) return undefined;
  const result = loadDefinition({ file: stored.file, content: stored.text });

  return result.ok ? starting(result.loaded.definition) : undefined;
}
