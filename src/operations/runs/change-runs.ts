import type { Refusal } from '../../../machines/run/decide/command.ts';
import type { RunOrder, RunsFilter } from '../../../machines/run/record/run-filter.ts';
import { mapAtOnce } from '../../lib/limit.ts';
import { codeOf, messageOf } from '../../lib/text.ts';
import type { RunSummary } from '../../ports/runs/run-index.ts';
import type { RunCommand, Workflows } from '../../ports/runs/workflows.ts';

/** What came of the change of one run; `sequence` is the position of the event that records it. */
export type ChangeOutcome = {
  readonly run: string;
  readonly ok: boolean;
  readonly sequence?: number;
  readonly refusal?: Refusal;
};

export type ChangeOfRuns = {
  /** Who changes them. */
  readonly by: string;
  /** What is asked of a run; may reject when it cannot be asked. */
  readonly command: (run: string) => Promise<RunCommand>;
  /** Told of each outcome as soon as it is there. */
  readonly onOutcome?: (outcome: ChangeOutcome) => void;
};

/** The runs that can be changed of those that fit: about one that was archived nothing can. */
export async function changeable(
  runs: { readonly each: (filter: RunsFilter, order: RunOrder) => AsyncIterable<RunSummary> },
  filter: RunsFilter,
  order: RunOrder,
): Promise<readonly RunSummary[]> {
  const found: RunSummary[] = [];
  for await (const line of runs.each({ ...filter, isArchived: false }, order)) found.push(line);

  return found;
}

/** How many runs are changed at the same time. */
const atATime = 8;

/**
 * Changes each run, and resolves with the outcomes in their order. What cannot be done to one run does not keep the
 * others from it: an error is the refusal of its run.
 */
export function changeRuns(
  workflows: Pick<Workflows, 'command'>,
  runs: readonly string[],
  { by, command, onOutcome }: ChangeOfRuns,
): Promise<readonly ChangeOutcome[]> {
  const changed = async (run: string): Promise<ChangeOutcome> => {
    try {
      const answer = await workflows.command(run, await command(run), by);
      return answer.ok
        ? { run, ok: true, sequence: answer.sequence }
        : { run, ok: false, refusal: answer.refusal };
    } catch (error) {
      return { run, ok: false, refusal: { code: codeOf(error) ?? 'internal', message: messageOf(error) } };
    }
  };

  return mapAtOnce(runs, atATime, async (run) => {
    const outcome = await changed(run);
    onOutcome?.(outcome);

    return outcome;
  });
}

/** The refusal where more or fewer runs fit than whoever asks has seen. */
export function refusalOfCount(found: number, expected: number | undefined): Refusal | undefined {
  if (expected === undefined || expected === found) return undefined;

  return {
    code: 'runs.count-differs',
    message: `${found} fit now, not the ${expected} that were expected; nothing was changed`,
  };
}
