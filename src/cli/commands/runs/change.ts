import type { RunCommand, Workflows } from '../../../ports/runs/workflows.ts';

/** A change of one run, or of many. */
export type Change = {
  /** The command, such as `retry`. */
  readonly verb: string;
  /** The state of the run afterwards, such as `paused`. */
  readonly done: string;
  /** Set if the user has to confirm: what is about to happen. */
  readonly warning?: string;
  readonly command: (run: string, workflows: Workflows) => Promise<RunCommand>;
};

/** The `--reason` option of every change. */
export function reasonOption({ reason }: { readonly reason?: string }): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
