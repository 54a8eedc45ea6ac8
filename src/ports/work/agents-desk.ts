import type { AgentsInvalid } from './agents-file.ts';
import type { Agent } from './roster.ts';

/** Attempts of an agent in the queue: those that nobody has taken yet, and those that a worker has. */
export type WorkDepth = { readonly waiting: number; readonly taken: number };

/** Why something about an agent was not done: `agent.unknown`, `agent.already-draining`, `authority.level`, ... */
export type AgentRefusal = { readonly code: string; readonly message: string };

/** Where people look after agents. */
export interface AgentsDesk {
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
  /** The agent takes work again. Undefined when it is done. */
  resume(agent: string, options: { readonly by: string }): Promise<AgentRefusal | undefined>;
  close(): Promise<void>;
}
