import type { RunCommand, Workflows } from '../../../ports/runs/workflows.ts';

/** What a command does to a run, or to many. */
export type Change = {
  /** The command, such as `retry`. */
  readonly verb: string;
  /** What a run is after it, such as `paused`. */
  readonly done: string;
  /** Set where a person has to agree: what is about to happen. */
  readonly warning?: string;
  readonly command: (run: string, workflows: Workflows) => Promise<RunCommand>;
};

/** The option of every change that keeps why it was done. */
export function reasonOption({ reason }: { readonly reason?: string }): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
