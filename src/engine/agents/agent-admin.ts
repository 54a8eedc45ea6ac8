import { movingAgent } from '../../../machines/agents/actions.ts';
import { unknownAgent } from '../../../machines/agents/agent-name.ts';
import type { DeclaredAgent, Level } from '../../../machines/agents/declared-agent.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { Authority } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  Agent,
  AgentRefusal,
  AgentsDesk,
  AgentsInvalid,
  DrainMark,
  DrainMarks,
  MoveMark,
  Roster,
  SeenWorker,
  TeamRef,
  WorkDepth,
} from '../../ports/work/agent-admin.ts';

/** Nobody says how much a folder or a command takes at a time: one by one. */
const capacityWithoutWorkers = 1;

/** A roster reads the marks every two seconds. */
const keptMs = 5_000;

export type AgentsDeskDeps = {
  readonly roster: Roster;
  readonly marks: DrainMarks;
  readonly authority: Authority;
  readonly clock: Clock;
  /** See AgentsDesk. */
  readonly ready: () => Promise<void>;
  /** Why agents.yaml cannot be used. */
  readonly invalid?: AgentsInvalid | undefined;
  readonly depths: () => Promise<ReadonlyMap<string, WorkDepth>>;
  readonly close: () => Promise<void>;
};

/** Drains agents for those who may, and has them take work again. */
export function createAgentsDesk(deps: AgentsDeskDeps): AgentsDesk {
  const { roster, marks, authority, clock } = deps;
  const said = createSaidOfAgents(clock);
  const find = (name: string): Agent | undefined => {
    const agent = roster.find(name);
    return agent && said.applied(agent);
  };

  return {
    ready: deps.ready,
    agents: (depths) => withQueued(roster.agents().map(said.applied), depths),
    invalid: deps.invalid,
    depths: () =>
      deps.depths().then(
        (queued) => withHanded(roster.agents(), queued),
        () => undefined,
      ),
    drain: async (name, { by, reason }) => {
      if (deps.invalid !== undefined) throw deps.invalid;
      const agent = find(name);
      const refusal =
        authority.refusal(by, { kind: 'drain', agent: name }) ?? notDrained(agent, name, roster);
      if (refusal !== undefined) return refusal;
      const at = new Date(clock.now()).toISOString();
      const mark = { by, at, ...(reason === undefined ? {} : { reason }) };
      await marks.set(name, mark);
      said.note(name, mark);

      return undefined;
    },
    resume: async (name, { by }) => {
      if (deps.invalid !== undefined) throw deps.invalid;
      const agent = find(name);
      const refusal =
        authority.refusal(by, { kind: 'drain', agent: name }) ?? notResumed(agent, name, roster);
      if (refusal !== undefined) return refusal;
      await marks.clear(name);
      said.note(name, undefined);

      return undefined;
    },
    move: async (name, { to, by, reason }) => {
      if (deps.invalid !== undefined) throw deps.invalid;
      const agent = find(name);
      const refusal =
        authority.refusal(by, movingAgent(name)) ??
        (agent === undefined ? unknown(name, roster) : notMoved(agent, to));
      if (refusal !== undefined) return refusal;
      const at = new Date(clock.now()).toISOString();
      const mark = to && { ...to, by, at, ...(reason === undefined ? {} : { reason }) };
      await (mark === undefined ? marks.moves.clear(name) : marks.moves.set(name, mark));
      said.noteMove(name, mark);

      return undefined;
    },
    close: deps.close,
  };
}

function notMoved({ name, moved }: Agent, to: TeamRef | undefined): AgentRefusal | undefined {
  if (moved?.team !== to?.team) return undefined;
  const message =
    moved === undefined
      ? `${name} was not moved: it is where agents.yaml and enterprise.yaml say`
      : `${name} was moved to the team ${moved.team} already, at ${moved.at} by ${moved.by}`;

  return { code: moved === undefined ? 'agent.not-moved' : 'agent.already-moved', message };
}

/** What lies in queues, and what engines hand out: of that the workers tell, to whom engines tell the same. */
function withHanded(
  agents: readonly Agent[],
  queued: ReadonlyMap<string, WorkDepth>,
): ReadonlyMap<string, WorkDepth> {
  const depths = new Map(queued);
  for (const { name, workers } of agents) {
    const handed = workers.flatMap((worker) => worker.handed ?? []);
    if (handed.length === 0) continue;
    const { waiting, taken } = queued.get(name) ?? { waiting: 0, taken: 0 };
    depths.set(name, {
      waiting: waiting + Math.max(...handed.map((each) => each.waiting)),
      taken: handed.reduce((sum, each) => sum + each.taken, taken),
    });
  }

  return depths;
}

/** Work may wait for an agent that nobody declares and whose workers are all gone. */
function withQueued(
  agents: readonly Agent[],
  depths: ReadonlyMap<string, WorkDepth> = new Map(),
): readonly Agent[] {
  const known = new Set(agents.map(({ name }) => name));
  const others = [...depths]
    .filter(([name, { waiting, taken }]) => waiting + taken > 0 && !known.has(name))
    .map(([name]) => mergedAgent(name, { stated: undefined, workers: [] }));

  return [...agents, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function notDrained(agent: Agent | undefined, name: string, roster: Roster): AgentRefusal | undefined {
  if (agent === undefined) return unknown(name, roster);
  const { draining } = agent;
  if (draining === undefined) return undefined;
  const message = `the agent ${JSON.stringify(name)} is draining already, since ${draining.at} by ${draining.by}`;

  return { code: 'agent.already-draining', message };
}

function notResumed(agent: Agent | undefined, name: string, roster: Roster): AgentRefusal | undefined {
  if (agent === undefined) return unknown(name, roster);
  if (agent.draining !== undefined) return undefined;

  return { code: 'agent.not-draining', message: `the agent ${JSON.stringify(name)} is not draining` };
}

function unknown(name: string, roster: Roster): AgentRefusal {
  return unknownAgent(
    name,
    roster.agents().map((each) => each.name),
  );
}

/** What was said here about agents, for as long as a roster may not have heard of it. */
type SaidOfAgents = {
  /** `mark` undefined: the agent takes work again. */
  readonly note: (agent: string, mark: DrainMark | undefined) => void;
  /** `mark` undefined: it is where agents.yaml says. */
  readonly noteMove: (agent: string, mark: MoveMark | undefined) => void;
  readonly applied: (agent: Agent) => Agent;
};

export function createSaidOfAgents(clock: Pick<Clock, 'steady'>): SaidOfAgents {
  const drains = createSaid<DrainMark>(clock);
  const moves = createSaid<MoveMark>(clock);

  return {
    note: drains.note,
    noteMove: moves.note,
    applied: (agent) => {
      const [drain, move] = [drains.of(agent.name), moves.of(agent.name)];
      const { draining, moved, ...rest } = agent;
      if (drain === undefined && move === undefined) return agent;
      const now = {
        draining: drain === undefined ? draining : drain.mark,
        moved: move === undefined ? moved : move.mark,
      };

      return defined({ ...rest, department: now.moved?.department ?? rest.department, ...now });
    },
  };
}

function createSaid<Mark>(clock: Pick<Clock, 'steady'>) {
  const said = new Map<string, { readonly mark: Mark | undefined; readonly untilMs: number }>();

  return {
    note: (agent: string, mark: Mark | undefined): void =>
      void said.set(agent, { mark, untilMs: clock.steady() + keptMs }),
    of: (agent: string) => {
      const latest = said.get(agent);
      if (latest !== undefined && clock.steady() >= latest.untilMs) said.delete(agent);

      return said.get(agent);
    },
  };
}

/** What is known of an agent: what is declared counts before what its workers say of it. */
export function mergedAgent(
  name: string,
  {
    stated,
    workers,
    draining,
    moved,
  }: {
    readonly stated: DeclaredAgent | undefined;
    readonly workers: readonly SeenWorker[];
    readonly draining?: DrainMark | undefined;
    readonly moved?: MoveMark | undefined;
  },
): Agent {
  const transport = stated?.transport ?? { kind: 'nats' };
  const together =
    transport.kind === 'nats'
      ? workers.reduce((sum, { capacity }) => sum + capacity, 0)
      : capacityWithoutWorkers;

  return defined({
    name,
    description: stated?.description,
    department:
      moved?.department ??
      stated?.department ??
      workers.find(({ department }) => department !== undefined)?.department,
    level: stated?.level ?? leastOf(workers),
    skills: stated?.skills ?? [...new Set(workers.flatMap(({ skills }) => skills))].sort(),
    capacity: stated?.capacity ?? together,
    transport,
    declared: stated !== undefined,
    draining,
    moved,
    workers,
  });
}

/** Workers of one agent that do not agree about its level have the lowest of those that they name. */
function leastOf(workers: readonly SeenWorker[]): Level {
  return (
    workers.reduce<Level | undefined>(
      (least, { level = 'L3' }) => (least === undefined || level > least ? level : least),
      undefined,
    ) ?? 'L3'
  );
}
