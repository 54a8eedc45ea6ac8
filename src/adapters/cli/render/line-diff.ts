/** Lines around a change that are shown with it. */
const around = 3;

/**
 * The lines that differ, `-` those of the first text and `+` those of the second, with some around them and `...` where
 * lines are left out. Empty where both are the same.
 */
export function lineDiff(before: readonly string[], after: readonly string[]): readonly string[] {
  const all = [...changes(before, after)];
  const isShown = all.map((_line, at) =>
    all.slice(Math.max(0, at - around), at + around + 1).some((each) => !each.startsWith(' ')),
  );

  return all.flatMap((line, at) => {
    if (isShown[at]) return [line];
    return isShown[at + 1] === true || (at === all.length - 1 && isShown.includes(true)) ? ['  ...'] : [];
  });
}

/** Every line of both, the longest common sequence of them once. */
function* changes(before: readonly string[], after: readonly string[]): Iterable<string> {
  const common = commonLengths(before, after);
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const isSame = left < before.length && right < after.length && before[left] === after[right];
    const goesOn = (common[left + 1]?.[right] ?? -1) >= (common[left]?.[right + 1] ?? -1);
    if (isSame) {
      yield `  ${before[left]}`;
      left += 1;
      right += 1;
    } else if (left < before.length && (right === after.length || goesOn)) {
      yield `- ${before[left]}`;
      left += 1;
    } else {
      yield `+ ${after[right]}`;
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
