import type { Answer } from './answer.ts';

/** The answers that are waited for, each for a limited time. */
export type OpenAnswers = {
  /** Waits for one more answer and returns the token that it will carry. */
  add(onAnswer: (answer: Answer) => void): string;
  settle(token: string, read: () => Answer): void;
  /** Nothing that is open will be answered any more. */
  loseAll(reason: string): void;
};

type Open = { readonly onAnswer: (answer: Answer) => void; readonly dueAt: number };

const ANSWER_MS_MAX = 2_000;
const SWEEP_MS = 250;

export function createOpenAnswers(): OpenAnswers {
  const open = new Map<string, Open>();
  let sweeper: NodeJS.Timeout | undefined;
  let next = 0;

  return {
    add: (onAnswer) => {
      const token = (next++).toString(36);
      open.set(token, { onAnswer, dueAt: performance.now() + ANSWER_MS_MAX });
      sweeper ??= setInterval(sweep, SWEEP_MS);

      return token;
    },
    settle,
    loseAll: (reason) => {
      for (const token of [...open.keys()]) settle(token, () => ({ kind: 'lost', reason }));
      sweep();
    },
  };

  function settle(token: string, read: () => Answer): void {
    const entry = open.get(token);
    if (entry === undefined) return;
    open.delete(token);
    entry.onAnswer(read());
  }

  /** One timer for all. The map is in the order of asking, so the first that still has time ends the search. */
  function sweep(): void {
    const now = performance.now();
    for (const [token, entry] of open) {
      if (entry.dueAt > now) return;
      settle(token, () => ({ kind: 'lost', reason: `no answer within ${ANSWER_MS_MAX} ms` }));
    }
    clearInterval(sweeper);
    sweeper = undefined;
  }
}
