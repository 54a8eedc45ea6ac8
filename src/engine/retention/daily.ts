import { z } from 'zod';
import { isWorthCarrying } from '../../../machines/retention/due-runs.ts';
import { pausing } from '../../lib/abort.ts';
import { engineActor } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MarkStore } from '../../ports/mark-store.ts';
import type { RetentionOutcome, RetentionPlan, RunRetention } from '../../ports/retention.ts';
import type { UnendingWork } from '../keep-up.ts';
import { createMarks } from '../marks.ts';

type DailyDeps = {
  readonly retention: Pick<RunRetention, 'sweep'>;
  readonly marks: MarkStore;
  readonly clock: Clock;
  readonly onProgress: (message: string) => void;
};

/** When an engine looks next, in ms since 1970. */
const Kept = z.object({ nextMs: z.number() });
const key = 'retention';

const dayMs = 86_400_000;
/** What was refused, failed or was too much is tried again sooner. */
const againMs = 3_600_000;
/** An engine that comes up has others to do first. */
const firstLookMs = 60_000;
const lookEveryMs = 600_000;

/**
 * Lets runs leave the journal whose time is over, at most once a day, until the signal aborts, and only where that is
 * worth carrying the journal over. For one engine at a time: a mark says when, so that the next one goes on from there.
 */
export function retainDaily(deps: DailyDeps): UnendingWork {
  const { clock } = deps;

  return async (signal) => {
    await pausing(clock, firstLookMs, signal);
    while (!signal.aborted) {
      await sweepWhereDue(deps);
      await pausing(clock, lookEveryMs, signal);
    }
  };
}

async function sweepWhereDue({ retention, marks, clock, onProgress }: DailyDeps): Promise<void> {
  const kept = createMarks(marks, Kept);
  const nowMs = clock.now();
  const { value, revision } = await kept.read(key);
  // A clock that was set back does not put it off for more than a day.
  if (value !== undefined && nowMs < value.nextMs && value.nextMs - nowMs <= dayMs) return;
  // Before it begins: where an engine dies over it, the next one does not at once.
  const begun = await kept.write(key, { nextMs: nowMs + againMs }, revision);
  if (begun === undefined) return;
  const outcome = await retention.sweep({
    by: engineActor,
    isWorth: (plan) => isWorth(plan, clock.now()),
    onProgress,
  });
  for (const line of outcomeLines(outcome)) onProgress(line);
  const isDone = outcome.refused === undefined && outcome.hasMore !== true;
  if (isDone) await kept.write(key, { nextMs: nowMs + dayMs }, begun);
}

function isWorth({ messages, ofMessages, dueSince = '' }: RetentionPlan, nowMs: number): boolean {
  return isWorthCarrying({ messages, ofMessages, dueSinceMs: Date.parse(dueSince), nowMs });
}

function outcomeLines({ left, plan, damaged, refused }: RetentionOutcome): readonly string[] {
  const runs = (count: number) => (count === 1 ? '1 run' : `${count} runs`);

  return [
    ...(left === 0
      ? []
      : [`${runs(left)} left the journal: ${plan.policies.map(({ policy }) => policy).join('; ')}`]),
    ...(damaged.length === 0
      ? []
      : [
          `${runs(damaged.length)} stay in the journal, as their records are not as they should be: ${damaged.join(', ')}`,
        ]),
    ...(refused === undefined
      ? []
      : [`runs that are due stay in the journal until the next try: ${refused.message} [${refused.code}]`]),
  ];
}
