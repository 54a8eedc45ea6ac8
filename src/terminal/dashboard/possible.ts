import { isFinal } from '../../../machines/chart/task-status.ts';
import { leftAlone } from '../../../machines/run/record/damage-text.ts';
import type { BoardLine } from '../../ports/runs/board.ts';

/** What may be done to the marked run: undefined when it may be, else why not. */
export type Possible = {
  readonly pause: string | undefined;
  readonly kill: string | undefined;
  readonly resume: string | undefined;
};

/** What may be done to a run as far as the list tells; the engine has the last word. */
export function possibleFor(line: BoardLine | undefined, readOnly: boolean): Possible {
  const refusal = (why: string | undefined): string | undefined =>
    readOnly ? 'this dashboard only looks: it was started with --read-only' : why;
  if (line === undefined) {
    const none = refusal('there is no run to do it to');
    return { pause: none, kill: none, resume: none };
  }
  const { status } = line.head;
  const over = isFinal(status) ? `the run has ended ${status}` : undefined;
  const damaged =
    line.damage === undefined ? undefined : `the run ${leftAlone(line.damage)}: workflow doctor`;

  return {
    pause: refusal(damaged ?? over ?? (status === 'PAUSED' ? 'the run is paused already' : undefined)),
    kill: refusal(damaged ?? over),
    resume: refusal(damaged ?? over ?? (status === 'PAUSED' ? undefined : 'the run is not paused')),
  };
}
