/** Answers a request that comes again, by its id, with what came of it the first time. */
export type RecentAnswers<T> = (id: string, act: () => Promise<T>) => Promise<T>;

/**
 * Keeps the answers to the last `answersMax` requests, those still under way included; not an answer that `isNone`
 * says is none.
 */
export function createRecentAnswers<T>(answersMax: number, isNone: (answer: T) => boolean): RecentAnswers<T> {
  const answers = new Map<string, Promise<T>>();

  return (id, act) => {
    const known = answers.get(id);
    if (known !== undefined) return known;
    const answer = act().then((outcome) => {
      if (isNone(outcome)) answers.delete(id);
      return outcome;
    });
    answers.set(id, answer);
    const [oldest] = answers.keys();
    if (answers.size > answersMax && oldest !== undefined) answers.delete(oldest);

    return answer;
  };
}
