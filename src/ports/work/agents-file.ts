import type { DeclaredAgents } from '../../../machines/agents/load-agents.ts';
import type { Problem } from '../../../machines/language/problem.ts';

/** Where the agents and principals of a project are declared: in this file at its root. */
export const agentsFileName = 'agents.yaml';

/** agents.yaml as it was when it was last without problems; a project without one declares nobody. */
export interface AgentsFile {
  current(): DeclaredAgents;
  /** Calls back when it has changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  close(): void;
}

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
