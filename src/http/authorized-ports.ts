import { AsyncLocalStorage } from 'node:async_hooks';
import type { MiddlewareHandler } from 'hono';
import {
  answersApproval,
  commandDeed,
  controllingTrigger,
  defining,
  movingAgent,
  starting,
} from '../../machines/agents/actions.ts';
import type { Deed } from '../../machines/agents/authority.ts';
import { answersAsThemselves, partOfApprovals, readingDomain } from '../../machines/agents/token-scope.ts';
import { type LoadedDefinition, loadRegistered } from '../../machines/language/load-definition.ts';
import { once } from '../lib/once.ts';
import { refuseUnlessAllowed } from '../operations/authorize.ts';
import { type OperationPorts, RequestRefused } from '../operations/use-case.ts';
import type { Absences } from '../ports/access/absences.ts';
import type { Authority, Caller } from '../ports/access/authority.ts';
import type { TriggersDesk } from '../ports/events/trigger-admin.ts';
import type { BoardLine } from '../ports/runs/board.ts';
import type { RunCommand, Workflows } from '../ports/runs/workflows.ts';
import type { AgentsDesk } from '../ports/work/agent-admin.ts';
import { placesOf } from '../projections/task/task-order.ts';
import type { ApiDeps, ApiEnv } from './api.ts';
import { createDefinitionDomains } from './definition-domains.ts';
import { domainPorts } from './domain-ports.ts';

type Desks = Pick<ApiDeps, 'workflows' | 'agents' | 'triggers'>;
type Bounding = Desks & Pick<ApiDeps, 'authority' | 'absences'>;

/** Hooks are authenticated by a signature, not by a token. */
type Asking = Caller | 'hook' | undefined;

const asking = new AsyncLocalStorage<Asking>();

/** Remembers the caller while a request is answered. */
export function askedBy(): MiddlewareHandler<ApiEnv> {
  return (c, next) => {
    const { caller } = c.get('visitor');

    return asking.run(c.req.path.startsWith('/hooks/') ? 'hook' : caller, next);
  };
}

/** Does something as the person whom a signed link stands for: what is done is checked as if they had signed in. */
export function askingAs<Result>(actor: string, act: () => Promise<Result>): Promise<Result> {
  return asking.run({ actor }, act);
}

/**
 * The same ports, with every command checked against the caller's token before the engine checks the principal: no
 * route can forget to. No command is accepted outside of a request, or in the name of somebody else.
 */
export function bounded(deps: Bounding): Desks {
  return {
    workflows: boundedWorkflows(deps),
    agents: boundedAgents(deps.agents),
    triggers: boundedTriggers(deps),
  };
}

/** What a caller may see. The one place where reading is bounded: routes get nothing that is not asked of it. */
export type ReadScope = {
  /** What the caller is answered from: with a token of a domain, nothing of others is in it. */
  readonly portsOf: (caller: Caller | undefined) => OperationPorts;
  /** Resolves when it is known of all runs which domain they are of, where that makes a difference. */
  readonly settle: (caller: Caller | undefined) => Promise<void>;
  /** The domain that the caller is bounded to, and which runs are of it; undefined for one who sees all. */
  readonly boundsOf: (caller: Caller | undefined) => ReadBounds | undefined;
};

export type ReadBounds = {
  readonly domain: string;
  readonly sees: (line: BoardLine) => Promise<boolean>;
  readonly seesRun: (run: string | undefined) => boolean;
};

/** `ports` are those that commands are checked in. */
export function createReadScope(ports: OperationPorts): ReadScope {
  const domains = once(() => createDefinitionDomains(ports.board, ports.workflows));
  const known = new Map<string, OperationPorts>();
  const actor = () => {
    const caller = asking.getStore();
    return typeof caller === 'object' ? caller.actor : undefined;
  };
  const domainFor = (caller: Caller | undefined) =>
    caller === undefined ? undefined : readingDomain(caller);

  return {
    portsOf: (caller) => {
      const domain = domainFor(caller);
      if (domain === undefined) return ports;
      const own = known.get(domain) ?? domainPorts(ports, { domain, domains: domains(), actor });
      known.set(domain, own);
      return own;
    },
    settle: async (caller) => {
      if (domainFor(caller) !== undefined) await domains().settle();
    },
    boundsOf: (caller) => {
      const domain = domainFor(caller);
      if (domain === undefined) return undefined;
      const { of, read } = domains();
      return {
        domain,
        sees: async ({ head }) => (await read(head.definition).catch(() => undefined)) === domain,
        seesRun: (run) => {
          const line = run === undefined ? undefined : ports.board.line(run);
          return line !== undefined && of(line.head.definition.hash) === domain;
        },
      };
    },
  };
}

/** Whether they can only answer in place of somebody who is away. Who that is, the engine finds out. */
async function isStandIn(
  { actor, level }: Caller,
  deed: Deed,
  absences: Pick<Absences, 'absentFor'>,
): Promise<boolean> {
  if (deed.kind !== 'approve' || level === undefined) return false;
  if (answersAsThemselves({ as: actor, level }, deed.asked)) return false;

  return (await absences.absentFor(actor)).length > 0;
}

/** What others gave its principal is reached for by a token that reaches for all that they may answer themselves. */
function refuseUnlessWhole(caller: Caller, authority: Authority | undefined): void {
  const refusal = partOfApprovals(caller, authority);
  if (refusal !== undefined) throw new RequestRefused(refusal);
}

/** The engine holds it against the principal. */
function refuseByToken(caller: Caller, deed: Deed): void {
  refuseUnlessAllowed(undefined, caller, deed);
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

function boundedWorkflows({
  workflows,
  authority,
  absences,
}: Omit<Bounding, 'agents' | 'triggers'>): Workflows {
  // Everybody may use a definition that is registered already.
  const mayDefine = async (caller: Caller, { ref, definition }: LoadedDefinition): Promise<void> => {
    if (caller.level === undefined) return;
    const known = await workflows.definition(ref.id, ref.version);
    if (known?.ref.hash === ref.hash) return;
    refuseByToken(
      caller,
      defining(definition, loadRegistered(await workflows.definition(ref.id))?.definition),
    );
  };

  return {
    ...workflows,
    start: async (request) => {
      const caller = callerAs(request.actor);
      const { definition, alongside = [] } = request;
      for (const each of [...alongside.map((other) => other.definition), definition])
        await mayDefine(caller, each);
      refuseByToken(caller, starting(definition.definition));

      return workflows.start(request);
    },
    command: async (run, command, actor) => {
      const caller = callerAs(actor);
      const deed = caller.level === undefined ? undefined : await deedOn(workflows, run, command);
      if (deed === undefined) return workflows.command(run, command, actor);
      if (await isStandIn(caller, deed, absences)) refuseUnlessWhole(caller, authority);
      else refuseByToken(caller, deed);

      return workflows.command(run, command, actor);
    },
    // Engines hand runs on to each other by this call, which checks no level.
    adopt: async (run) => {
      refuseUnlessAllowed(authority, callerNow(), {
        kind: 'control',
        what: 'having an engine work on a run',
      });

      return workflows.adopt(run);
    },
    fork: async (request) => {
      const caller = callerAs(request.actor);
      if (caller.level !== undefined)
        refuseByToken(caller, starting((await workflows.view(request.run)).definition));

      return workflows.fork(request);
    },
    migrate: async (run, hash, actor) => {
      const caller = callerAs(actor);
      if (caller.level !== undefined) {
        const { definition } = await workflows.view(run);
        refuseByToken(caller, defining(definition));
      }

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
  const mayDrain = (agent: string, by: string) => refuseByToken(callerAs(by), { kind: 'drain', agent });

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
    move: async (agent, options) => {
      refuseByToken(callerAs(options.by), movingAgent(agent));

      return agents.move(agent, options);
    },
  };
}

function boundedTriggers({ triggers, workflows }: Omit<Desks, 'agents'>): TriggersDesk {
  const mayControl = (by: string, ...of: Parameters<typeof controllingTrigger>) =>
    refuseByToken(callerAs(by), controllingTrigger(...of));

  return {
    ...triggers,
    pause: async (name, options) => {
      mayControl(options.by, 'pausing', name.trigger);

      return triggers.pause(name, options);
    },
    resume: async (name, options) => {
      mayControl(options.by, 'resuming', name.trigger);

      return triggers.resume(name, options);
    },
    runNow: async (name, options) => {
      const caller = callerAs(options.by);
      const { definition = '' } = name;
      if (caller.level !== undefined) {
        const latest = loadRegistered(await workflows.definition(definition));
        if (latest !== undefined) refuseByToken(caller, starting(latest.definition));
      }

      return triggers.runNow(name, options);
    },
    backfill: async (name, options) => {
      mayControl(options.by, 'backfilling', name.trigger);

      return triggers.backfill(name, options);
    },
    tryBackfill: async (name, options) => {
      mayControl(options.by, 'backfilling', name.trigger);

      return triggers.tryBackfill(name, options);
    },
    emit: async (event, options) => {
      refuseByToken(callerAs(options.as), { kind: 'emit', type: event.type });

      return triggers.emit(event, options);
    },
  };
}

/** The run is read for answers to approvals only. */
async function deedOn(
  { view }: Pick<Workflows, 'view'>,
  run: string,
  command: RunCommand,
): Promise<Deed | undefined> {
  if (!answersApproval(command)) return commandDeed(command, undefined);
  const { definition, state } = await view(run);

  return commandDeed(command, { plan: placesOf(definition), state });
}
