/** Who is there now for runs that wait: what their own lines cannot tell. */
export type Surroundings = {
  /** Whether an engine that lives works on the run; undefined where that cannot be known. */
  readonly isOwned: (run: string) => boolean | undefined;
  /** What a task waits for that is with the agent; undefined where somebody begins it, or where that is not known. */
  readonly atAgent: (agent: string) => AgentQueue | undefined;
  /** The same of a task that waits for an agent with these skills. */
  readonly forSkills: (skills: readonly string[]) => AgentQueue | undefined;
};

/** `unattended`: nobody would begin it; else all who are there are busy. `fix` is a command. */
export type AgentQueue = {
  readonly reason: string;
  readonly fix?: string | undefined;
  readonly unattended: boolean;
};
