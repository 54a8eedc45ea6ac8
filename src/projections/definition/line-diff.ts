import type { DiffLine } from '../../api/definitions.ts';

/** Every line of both texts in order, those that are the same in both once. The longest common sequence is `same`. */
export function lineChanges(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const head = sameAtStart(before, after);
  const tail = sameAtStart([...before.slice(head)].reverse(), [...after.slice(head)].reverse());
  const same = (text: string): DiffLine => ({ kind: 'same', text });

  return [
    ...before.slice(0, head).map(same),
    ...changes(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function sameAtStart(before: readonly string[], after: readonly string[]): number {
  const most = Math.min(before.length, after.length);
  let count = 0;
  while (count < most && before[count] === after[count]) count += 1;

  return count;
}

function* changes(before: readonly string[], after: readonly string[]): Iterable<DiffLine> {
  const common = commonLengths(before, after);
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const [old = '', young = ''] = [before[left], after[right]];
    const isSame = left < before.length && right < after.length && old === young;
    const goesOn = (common[left + 1]?.[right] ?? -1) >= (common[left]?.[right + 1] ?? -1);
    if (isSame) {
      yield { kind: 'same', text: old };
      left += 1;
      right += 1;
    } else if (left < before.length && (right === after.length || goesOn)) {
      yield { kind: 'removed', text: old };
      left += 1;
    } else {
      yield { kind: 'added', text: young };
      right += 1;
    }
  }
}

/** How long the longest common sequence of what stands behind each pair of lines is. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let left = before.length - 1; left >= 0; left -= 1) {
    const [row, below] = [lengths[left], lengths[left + 1]];
    if (row === undefined || below === undefined) continue;
    for (let right = after.length - 1; right >= 0; right -= 1) {
      row[right] =
        before[left] === after[right]
          ? (below[right + 1] ?? 0) + 1
          : Math.max(below[right] ?? 0, row[right + 1] ?? 0);
    }
  }

  return lengths;
}
