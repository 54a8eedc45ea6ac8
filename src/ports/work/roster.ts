import type { Hello } from '../../../events/worker-protocol.ts';
import type { AgentTransport } from '../../../machines/agents/declared-agent.ts';
import type { Level } from '../../../machines/agents/level.ts';

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
  /** The workers that were heard of lately. Files and commands need none. */
  readonly workers: readonly SeenWorker[];
};

export type DrainMark = { readonly by: string; readonly at: string; readonly reason?: string };

/** A worker as it was heard of last; `seenAtMs` by the clock of this process. */
export type SeenWorker = Hello & { readonly seenAtMs: number };

/** Who could carry out work now, as far as this process knows. */
export interface Roster {
  agents(): readonly Agent[];
  find(name: string): Agent | undefined;
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

/** Which agents are drained: kept until somebody says otherwise. Rejects with AgentsUnavailable. */
export interface DrainMarks {
  all(): Promise<ReadonlyMap<string, DrainMark>>;
  set(agent: string, mark: DrainMark): Promise<void>;
  clear(agent: string): Promise<void>;
}

/** What is kept about agents could not be reached. The reaction: go on with what was known, and ask again later. */
export class AgentsUnavailable extends Error {
  override readonly name = 'AgentsUnavailable';
  readonly code = 'agents.unavailable';
}
