// What holds for the work that a run asks for: attempts, evaluations, child runs and timers.
import { taskAt } from '../../machines/chart/task-at.ts';
import type { Effect } from '../../machines/run/effects.ts';
import { timersOf } from '../../machines/run/timers.ts';
import { broken, type Law, taskTransitions } from './core-laws.ts';
import type { Move } from './play-schedule.ts';

const nothing = () => undefined;

type OfAttempt = { readonly kind: string; readonly task: string; readonly attempt: number };

/**
 * The effects that an attempt may be asked for by, in the states of its task. Not the writing of a file once the result
 * is known (`shaping`): that is repeated when a FORK goes on after it had ended.
 */
const askedIn: Readonly<Record<string, readonly string[]>> = {
  scheduled: ['execute', 'delegate'],
  in_progress: ['execute'],
  delegated: ['follow'],
};

/** No attempt is asked for again once it is over, and each is over once. */
export function attemptsEndOnce(): Law {
  const closed = new Set<string>();

  return {
    see: (move) => {
      for (const key of closedBy(move)) {
        if (closed.has(key)) broken('an attempt is over twice', key);
        closed.add(key);
      }
      for (const key of [...move.sealed.effects, ...move.pending].flatMap(attemptKey)) {
        if (closed.has(key)) broken('an attempt is asked for after it was over', key);
      }
    },
    over: nothing,
  };
}

function closedBy({ before, sealed, pendingBefore }: Move): readonly string[] {
  const asked = new Set(pendingBefore.flatMap(attemptKey));
  const left = taskTransitions(sealed).filter(({ from, to }) => from !== 'scheduled' || to !== 'in_progress');

  return left.flatMap(({ task, from }) => {
    const attempt = taskAt(before.state, task)?.attempt ?? 0;
    const keys = (askedIn[from] ?? []).flatMap((kind) => keyOf({ kind, task, attempt }));
    return keys.filter((key) => asked.has(key));
  });
}

function attemptKey(effect: Effect): readonly string[] {
  return 'attempt' in effect ? [keyOf(effect)] : [];
}

function keyOf({ kind, task, attempt }: OfAttempt): string {
  return `${kind} ${task}#${attempt}`;
}

/** Every event asks for exactly the work that the state then waits for and that was not asked for before. */
export function effectsAreComplete(): Law {
  return {
    see: ({ sealed, pendingBefore, pending }) => {
      const asked = new Set(sealed.effects.map((effect) => JSON.stringify(effect)));
      const earlier = new Set(pendingBefore.map((effect) => JSON.stringify(effect)));
      const changed = new Set(sealed.transitions.map(({ task }) => task));
      for (const effect of pending) {
        const key = JSON.stringify(effect);
        const isNew = !earlier.has(key) || ('task' in effect && changed.has(effect.task));
        if (isNew && !asked.has(key)) broken('an event does not ask for work that it led to', effect);
        asked.delete(key);
      }
      if (asked.size > 0) broken('an event asks for work that nothing waits for', [...asked]);
    },
    over: nothing,
  };
}

/** Every record says when the first of all timers is due. */
export function firstTimerIsFirst(): Law {
  return {
    see: ({ sealed }) => {
      const due = timersOf(sealed.run).map(({ dueAt }) => dueAt);
      if (due.toSorted()[0] !== sealed.dueAt)
        broken('the first due time is wrong', { due, first: sealed.dueAt });
    },
    over: nothing,
  };
}
