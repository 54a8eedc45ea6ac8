import { distance } from 'fastest-levenshtein';

/**
 * The candidate that was most likely meant by a word that is none of them: at most two letters apart, or less than
 * a third of the word, whatever the case. None when the word is too short to tell.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  return closest(word, candidates, isClose);
}

/** Whether a word is a slip of the pen for a candidate: at most two letters apart, however long both are. */
export function isSlip(word: string, candidates: Iterable<string>): boolean {
  return closest(word, candidates, (apart, ...words) => apart <= 2 && isClose(apart, ...words)) !== undefined;
}

/** `; did you mean "build"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = suggest(word, candidates);

  return meant === undefined ? '' : `; did you mean "${meant}"?`;
}

function closest(
  word: string,
  candidates: Iterable<string>,
  accepts: (apart: number, word: string, candidate: string) => boolean,
): string | undefined {
  // Edit distance costs the product of the lengths, and nobody mistypes a name that long.
  if (word.length > 128) return undefined;
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const apart = distance(folded(word), folded(candidate));
    if (apart < bestDistance && accepts(apart, word, candidate)) {
      best = candidate;
      bestDistance = apart;
    }
  }

  return best;
}

function folded(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

function isClose(apart: number, word: string, candidate: string): boolean {
  if (apart >= Math.min(word.length, candidate.length)) return false;
  if (word.length <= 3) return apart <= 1;

  return apart <= 2 || apart * 3 < word.length;
}
