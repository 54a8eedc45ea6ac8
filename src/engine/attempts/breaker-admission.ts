import { attemptKey } from './attempt-claims.ts';
import type { AttemptsDeps, Entry } from './attempt-entry.ts';
import type { Breakers } from './breakers.ts';

/** When a breaker that could not be asked is asked again. */
const troubledMs = 1_000;

/** An attempt at a task that keeps failing, in whatever runs, waits until its circuit breaker lets it through. */
export function whenAdmitted(
  deps: Pick<AttemptsDeps, 'clock' | 'onTrouble'> & { readonly breakers: Breakers },
  entry: Pick<Entry, 'run' | 'task' | 'address' | 'attempt' | 'stop'>,
  onAdmitted: () => void,
): void {
  const { run, task, address, attempt } = entry;
  const asked = {
    definition: run.chart.definition.id,
    task,
    attempt: attemptKey({ run: run.state.run, address, attempt }),
  };

  async function ask(): Promise<void> {
    const answer = await deps.breakers.admit(asked).catch((error: unknown) => {
      deps.onTrouble(run.state.run, error);
      return { retryAtMs: deps.clock.now() + troubledMs };
    });
    if (entry.stop.isTold()) return;
    if (answer === 'now') onAdmitted();
    else deps.clock.after(Math.max(answer.retryAtMs - deps.clock.now(), 0), () => void ask());
  }

  void ask();
}
