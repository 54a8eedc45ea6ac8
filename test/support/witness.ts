import { expect } from 'vitest';
import { canonicalJson } from '../../events/canonical-json.ts';
import { JournalRecord } from '../../events/record.ts';
import type { Chart } from '../../machines/chart/chart.ts';
import { taskAt } from '../../machines/chart/task-at.ts';
import { type Effect, isIdle, pendingEffects } from '../../machines/run/effects.ts';
import type { Sealed } from '../../machines/run/record/create-record.ts';
import { replayRecord } from '../../machines/run/record/fold.ts';
import { newRun, type Run } from '../../machines/run/run.ts';
import { timersOf } from '../../machines/run/timers.ts';

/** Looks at every event of a run, whatever the test is about: what must hold of each of them fails the test here. */
export type Witness = { readonly sees: (before: Run, sealed: Sealed) => void };

export function createWitness(chart: Chart): Witness {
  let replayed = newRun(chart);
  let state = canonicalJson(replayed.state);

  return {
    sees: (before, { body, run, effects, dueAt }) => {
      expect(canonicalJson(before.state), 'an event must not change the run before it').toBe(state);
      replayed = replayRecord(replayed, {
        body,
        record: JournalRecord.parse(JSON.parse(body)) as JournalRecord,
      });
      state = canonicalJson(run.state);
      expect(canonicalJson(replayed.state), 'every prefix of the journal is the run as it was').toBe(state);
      const known = new Set([
        ...pendingEffects(before).map((effect) => keyOf(before, effect)),
        ...effects.map((effect) => keyOf(run, effect)),
      ]);
      const lost = pendingEffects(run).filter((effect) => !known.has(keyOf(run, effect)));
      expect(lost, 'work that is open only after a restart').toEqual([]);
      const { phase } = run.state;
      if (phase === 'running')
        expect(isIdle(run), 'a run is idle when the shell has nothing to do for it').toBe(
          pendingEffects(run).length === 0,
        );
      const [first] = timersOf(run)
        .map((timer) => timer.dueAt)
        .sort();
      expect(dueAt, 'the first timer is one of all timers').toBe(first);
    },
  };
}

/** A task may ask for an evaluation in one state after the other; each is work of its own. */
function keyOf(run: Run, effect: Effect): string {
  return canonicalJson(
    effect.kind === 'evaluate' ? { ...effect, state: taskAt(run.state, effect.task)?.state ?? '' } : effect,
  );
}
