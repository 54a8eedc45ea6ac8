/** What one play of a definition may go like: the first time a thing is asked for, one of its options is taken. */
export type Choose = <Option>(what: string, options: readonly Option[]) => Option;

/** A play that cannot be, or of which nothing is known for sure. It says nothing about the definition. */
export class Impossible extends Error {
  override readonly name = 'Impossible';
}

/** How much may still be looked at. One budget serves a whole definition, so that a check stays quick. */
export type Budget = { left: number };

/**
 * The first play with a result, over all combinations of what is chosen on the way. A play is carried out again for
 * each combination, so it must ask for the same things in the same order. Undefined when there is none within the
 * budget.
 */
export function firstPlay<Result>(
  play: (choose: Choose) => Result | undefined,
  budget: Budget,
): Result | undefined {
  const script: Turn[] = [];
  while (budget.left > 0) {
    spendOn(budget);
    const result = tried(play, chooser(script));
    if (result !== undefined) return result;
    if (!advance(script)) return undefined;
  }

  return undefined;
}

/** Pays for one thing that is found out. */
export function spendOn(budget: Budget): void {
  budget.left -= 1;
  if (budget.left < 0) throw new Impossible('too much to look at');
}

/** Which of its options was taken at one point of a play. */
type Turn = { index: number; readonly count: number };

function chooser(script: Turn[]): Choose {
  const known = new Map<string, unknown>();
  let at = 0;

  return <Option>(what: string, options: readonly Option[]): Option => {
    if (known.has(what)) return known.get(what) as Option;
    if (options.length === 0) throw new Impossible(what);
    const turn = script[at] ?? { index: 0, count: options.length };
    script[at] = turn;
    at += 1;
    const option = options[turn.index] as Option;
    known.set(what, option);

    return option;
  };
}

function tried<Result>(play: (choose: Choose) => Result | undefined, choose: Choose): Result | undefined {
  try {
    return play(choose);
  } catch (error) {
    if (error instanceof Impossible) return undefined;
    throw error;
  }
}

/** Goes on to the next combination; false when there is none. */
function advance(script: Turn[]): boolean {
  for (let last = script.pop(); last !== undefined; last = script.pop()) {
    if (last.index + 1 < last.count) {
      script.push({ index: last.index + 1, count: last.count });

      return true;
    }
  }

  return false;
}
