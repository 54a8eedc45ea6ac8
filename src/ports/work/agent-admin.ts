import type { Hello } from '../../../events/worker-protocol.ts';
import type { AgentTransport, Level } from '../../../machines/agents/declared-agent.ts';
import type { DeclaredAgents } from '../../../machines/agents/load-agents.ts';
import type { InputProperty } from '../../../machines/definition.ts';
import type { Problem } from '../../../machines/language/problem.ts';

/** What is kept about agents could not be reached. The reaction: go on with what was known, and ask again later. */
export class AgentsUnavailable extends Error {
  override readonly name = 'AgentsUnavailable';
  readonly code = 'agents.unavailable';
}

/** Where the agents and principals of a project are declared: in this file at its root. */
export const agentsFileName = 'agents.yaml';

/**
 * agents.yaml is there and cannot be used. The reaction: nothing is begun, for who may do what would be guesswork.
 */
export class AgentsInvalid extends Error {
  override readonly name = 'AgentsInvalid';
  readonly code = 'agents.invalid';
  readonly problems: readonly Problem[];
  /** The problems as people read them. */
  readonly text: string;

  constructor(problems: readonly Problem[], text: string) {
    super(
      `${agentsFileName} cannot be used, so it is not known who may do what; \`workflow check ${agentsFileName}\``,
    );
    this.problems = problems;
    this.text = text;
  }
}

/** Attempts of an agent in the queue: those that nobody has taken yet, and those that a worker has. */
export type WorkDepth = { readonly waiting: number; readonly taken: number };

/** Why something about an agent was not done: `agent.unknown`, `agent.already-draining`, `authority.level`, ... */
export type AgentRefusal = { readonly code: string; readonly message: string };

/** Where people look after agents. */
export interface AgentsDesk {
  /** Resolves when all workers that are there have had the time to say so. */
  ready(): Promise<void>;
  /** All who are declared, heard of or drained, or whose queue holds something, in the order of their names. */
  agents(depths?: ReadonlyMap<string, WorkDepth>): readonly Agent[];
  /** Why agents.yaml cannot be used: then nobody counts as declared, and nothing can be changed. */
  readonly invalid: AgentsInvalid | undefined;
  /** By the name of the agent; undefined where that cannot be read. */
  depths(): Promise<ReadonlyMap<string, WorkDepth> | undefined>;
  /** The agent gets nothing new from now on. Undefined when it is done. */
  drain(
    agent: string,
    options: { readonly by: string; readonly reason?: string | undefined },
  ): Promise<AgentRefusal | undefined>;
  /** The agent is of this team from now on, whatever agents.yaml says; without one, of what that says. */
  move(
    agent: string,
    options: { readonly to?: TeamRef | undefined; readonly by: string; readonly reason?: string | undefined },
  ): Promise<AgentRefusal | undefined>;
  /** The agent takes work again. Undefined when it is done. */
  resume(agent: string, options: { readonly by: string }): Promise<AgentRefusal | undefined>;
  close(): Promise<void>;
}

/** agents.yaml as it was when it was last without problems; a project without one declares nobody. */
export interface AgentsFile {
  current(): DeclaredAgents;
  /** Calls back when it has changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** An agent as agents.yaml declares it, or as its workers do. */
export type Agent = {
  readonly name: string;
  readonly description?: string;
  readonly department?: string;
  readonly level: Level;
  readonly skills: readonly string[];
  /** How many attempts it may have at a time: as declared, else what its workers have together. */
  readonly capacity: number;
  readonly transport: AgentTransport;
  /** Stands in agents.yaml. */
  readonly declared: boolean;
  /** Gets nothing new until somebody says otherwise. */
  readonly draining?: DrainMark;
  /** Of another team than agents.yaml says until somebody says otherwise. `department` is that of the team. */
  readonly moved?: MoveMark;
  /** The workers that were heard of lately. Files and commands need none. */
  readonly workers: readonly SeenWorker[];
};

/** A team of enterprise.yaml, and the department that it belongs to. */
export type TeamRef = { readonly team: string; readonly department: string };
export type MoveMark = TeamRef & DrainMark;

export type DrainMark = { readonly by: string; readonly at: string; readonly reason?: string };

/** A worker as it was heard of last; `seenAtMs` by the clock of this process. */
export type SeenWorker = Hello & { readonly seenAtMs: number };

/** Who could carry out work now, as far as this process knows. */
export interface Roster {
  agents(): readonly Agent[];
  find(name: string): Agent | undefined;
  /** What is given by whoever has the skill; undefined where agents.yaml does not say. */
  returns(skill: string): InputProperty | undefined;
  /**
   * Calls back whenever who is there, or what they may or can do, may have changed, until the returned function is
   * called. How busy they are changes without.
   */
  onChange(listener: () => void): () => void;
}

/** What workers say of themselves, and who asks them to. */
export interface Presence {
  /** Calls back for every hello, until the returned function is called. */
  onHello(listener: (hello: Hello) => void): () => void;
  /** Asks all workers to say that they are there. */
  callRoll(): void;
}

/**
 * Which agents are drained, and which were moved: kept until somebody says otherwise. Rejects with AgentsUnavailable.
 */
export type DrainMarks = AgentMarks<DrainMark> & { readonly moves: AgentMarks<MoveMark> };

export interface AgentMarks<Mark> {
  all(): Promise<ReadonlyMap<string, Mark>>;
  set(agent: string, mark: Mark): Promise<void>;
  clear(agent: string): Promise<void>;
}
