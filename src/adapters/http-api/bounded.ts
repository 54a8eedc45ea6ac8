import { AsyncLocalStorage } from 'node:async_hooks';
import type { MiddlewareHandler } from 'hono';
import type { Deed } from '../../../machines/agents/authority.ts';
import { starting } from '../../../machines/agents/deeds.ts';
import type { LoadedDefinition } from '../../../machines/language/load-definition.ts';
import type { AgentsDesk } from '../../ports/agents-desk.ts';
import type { TriggersDesk } from '../../ports/triggers-desk.ts';
import type { RunCommand, Workflows } from '../../ports/workflows.ts';
import { type ApiEnv, RequestRefused } from './api.ts';
import type { ApiDeps, Caller } from './api-deps.ts';
import { mayDo } from './may-do.ts';

type Desks = Pick<ApiDeps, 'workflows' | 'agents' | 'triggers'>;

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
export function bounded({ workflows, agents, triggers }: Desks): Desks {
  return {
    workflows: boundedWorkflows(workflows),
    agents: boundedAgents(agents),
    triggers: boundedTriggers(triggers),
  };
}

function callerAs(actor: string): Caller {
  const caller = asking.getStore();
  if (caller === 'hook') return { actor };
  if (caller?.actor === actor) return caller;
  const message = `this was asked by ${JSON.stringify(caller?.actor)}: ${JSON.stringify(actor)} has to do that`;

  throw new RequestRefused({ code: 'authority.not-you', message });
}

function boundedWorkflows(workflows: Workflows): Workflows {
  const mayDefine = async (caller: Caller, { ref }: LoadedDefinition): Promise<void> => {
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
      if (caller.level !== undefined)
        for (const deed of await deedsOf(workflows, run, command)) mayDo(caller, deed);

      return workflows.command(run, command, actor);
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

/** None where it is the run that says what is wrong with the command: such a task asks nobody. */
async function deedsOf(workflows: Workflows, run: string, command: RunCommand): Promise<readonly Deed[]> {
  switch (command.kind) {
    case 'signal':
      return [{ kind: 'signal', name: command.name }];
    case 'approve':
    case 'reject':
    case 'delegateApproval': {
      const approvals = await workflows.approvals({ run });
      const asked = approvals.find(({ address }) => address === command.task)?.asked;

      return asked === undefined ? [] : [{ kind: 'approve', task: command.task, asked }];
    }
    default:
      return [{ kind: 'control', what: `this (${command.kind})` }];
  }
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

function boundedTriggers(triggers: TriggersDesk): TriggersDesk {
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
      mayControl(options.by, `running ${name.trigger}`);

      return triggers.runNow(name, options);
    },
    backfill: async (name, options) => {
      mayControl(options.by, `backfilling ${name.trigger}`);

      return triggers.backfill(name, options);
    },
    emit: async (event, options) => {
      mayDo(callerAs(options.as), { kind: 'emit', type: event.type });

      return triggers.emit(event, options);
    },
  };
}
