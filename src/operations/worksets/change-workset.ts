import { listReadsMax, mapAtOnce } from '../../lib/limit.ts';
import type { RunQueries } from '../../ports/runs/run-index.ts';
import {
  type Answer,
  type RunCommand,
  RunNotFound,
  type RunView,
  type Workflows,
} from '../../ports/runs/workflows.ts';

export type WorksetChange = RunCommand & { readonly kind: 'pauseRun' | 'resumeRun' };

type Asked = { readonly command: WorksetChange; readonly actor: string };
type Runs = Pick<Workflows, 'command' | 'view'>;

/** The run of a definition that was started last; undefined where it never was. */
export async function latestRunOf(runs: RunQueries, definition: string): Promise<string | undefined> {
  const [latest] = await runs.page({ filter: { definition }, order: 'started', limit: 1 });

  return latest?.run;
}

/**
 * Asks the run of a workset first, so that no further item begins, and then the runs of its items, with those that they
 * started. The answer is that of the workset; where it is refused, no other run is asked, unless it is so already:
 * somebody may have been interrupted between it and its items.
 */
export async function changeWorkset(workflows: Runs, run: string, asked: Asked): Promise<Answer> {
  const answer = await workflows.command(run, asked.command, asked.actor);
  if (!answer.ok && !isSoAlready.has(answer.refusal.code)) return answer;
  const refused = await changeChildren(workflows, await workflows.view(run), asked);

  return refused ?? answer;
}

const isSoAlready: ReadonlySet<string> = new Set(['run.already-paused', 'run.not-paused']);

/** The first refusal that is not about how a run is: one that is as asked already, or is ending, stays so. */
async function changeChildren(workflows: Runs, view: RunView, asked: Asked): Promise<Answer | undefined> {
  const children = Object.values(view.state.tasks).flatMap(({ state, child }) =>
    state === 'delegated' && child !== undefined ? [child.run] : [],
  );
  const answers = await mapAtOnce(children, listReadsMax, async (run) => {
    try {
      const answer = await workflows.command(run, asked.command, asked.actor);
      if (!answer.ok && !answer.refusal.code.startsWith('run.')) return answer;
      return await changeChildren(workflows, await workflows.view(run), asked);
    } catch (error) {
      // It is of another domain than whoever asks, and goes on.
      if (error instanceof RunNotFound) return undefined;
      throw error;
    }
  });

  return answers.find((answer) => answer !== undefined);
}
