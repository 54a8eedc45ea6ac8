import type { Json } from '../../../events/canonical-json.ts';
import type { Origin } from '../../../machines/run/decide/command.ts';
import type { Answer, RunCommand } from '../../ports/runs/workflows.ts';

/** What an engine asks of runs that may belong to other engines. All reject with NoEngine, JournalUnavailable. */
export type OtherRuns = {
  /** Starts the run; the same id again is the same request again. */
  readonly start: (
    request: {
      readonly run: string;
      readonly hash: string;
      readonly input: Readonly<Record<string, Json>>;
      readonly actor: string;
    } & Origin,
  ) => Promise<Answer>;
  /** Works on the run here, now or as soon as nobody else does. */
  readonly workOn: (run: string) => Promise<unknown>;
  readonly command: (run: string, command: RunCommand, actor: string) => Promise<Answer>;
};
