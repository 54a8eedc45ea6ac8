import type { Clock } from '../../ports/clock.ts';
import type { KnownRuns } from '../../ports/runs/run-index.ts';
import type { Workflows } from '../../ports/runs/workflows.ts';
import { keepAnswer, keptFor } from '../kept-for.ts';
import { runLinesOf } from './run-lines.ts';

type Deps = {
  readonly workflows: Pick<Workflows, 'surroundings'>;
  readonly board: KnownRuns;
  readonly clock: Clock;
};

/** Who is there changes without an event: asked at most once a second, for all who look. */
const lookEveryMs = 1_000;
const surroundings = keptFor(({ workflows, clock }: Deps) =>
  keepAnswer(() => workflows.surroundings(), { clock, forMs: lookEveryMs }),
);

/** Runs as lines of a list, with what they wait for as far as that depends on who is there now. */
export async function linesNow(deps: Deps): Promise<ReturnType<typeof runLinesOf>> {
  const lines = runLinesOf(deps.board);
  const around = await surroundings(deps).soon();
  if (around !== undefined) lines.look(around, deps.clock.now);

  return lines;
}
