import type { DiffLine } from '../../api/definitions.ts';

type NumberedLine = DiffLine & { readonly number: number };

/** A stretch of lines that are shown, or a count of equal lines that are not. */
export type DiffPart =
  | { readonly kind: 'lines'; readonly from: number; readonly lines: readonly NumberedLine[] }
  | { readonly kind: 'folded'; readonly from: number; readonly count: number };

// The table of the longest common subsequence holds the product of both lengths.
const cellsMax = 4_000_000;

/** Which lines of two texts are the same, from the first to the last. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const old = before.split('\n');
  const now = after.split('\n');
  const ahead = commonLength(old, now);
  const behind = commonLength(old.slice(ahead).toReversed(), now.slice(ahead).toReversed());
  const middle = between(old.slice(ahead, old.length - behind), now.slice(ahead, now.length - behind));
  const same = (lines: readonly string[]) => lines.map((text) => ({ kind: 'same', text }) as const);

  return [...same(old.slice(0, ahead)), ...middle, ...same(old.slice(old.length - behind))];
}

/** The diff without the equal lines that are further than three from a change. */
export function foldedDiff(lines: readonly DiffLine[], around = 3): readonly DiffPart[] {
  const shown = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== 'same'),
  );
  const numbered = lines.map((line, index) => ({ ...line, number: index }));
  const parts: DiffPart[] = [];
  for (let from = 0; from < lines.length; ) {
    const next = shown.findIndex((isShown, index) => index > from && isShown !== shown[from]);
    const to = next === -1 ? lines.length : next;
    parts.push(
      shown[from] === true
        ? { kind: 'lines', from, lines: numbered.slice(from, to) }
        : { kind: 'folded', from, count: to - from },
    );
    from = to;
  }

  return parts;
}

function between(old: readonly string[], now: readonly string[]): readonly DiffLine[] {
  const removed = old.map((text) => ({ kind: 'removed', text }) as const);
  const added = now.map((text) => ({ kind: 'added', text }) as const);
  if (old.length === 0 || now.length === 0 || old.length * now.length > cellsMax)
    return [...removed, ...added];

  return walk(old, now, commonLengths(old, now));
}

function walk(
  old: readonly string[],
  now: readonly string[],
  common: readonly Uint32Array[],
): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let at = 0;
  let to = 0;
  while (at < old.length && to < now.length) {
    const [text = '', other = ''] = [old[at], now[to]];
    if (text === other) {
      lines.push({ kind: 'same', text });
      at += 1;
      to += 1;
    } else if ((common[at + 1]?.[to] ?? 0) >= (common[at]?.[to + 1] ?? 0)) {
      lines.push({ kind: 'removed', text });
      at += 1;
    } else {
      lines.push({ kind: 'added', text: other });
      to += 1;
    }
  }
  for (const text of old.slice(at)) lines.push({ kind: 'removed', text });
  for (const text of now.slice(to)) lines.push({ kind: 'added', text });

  return lines;
}

/** How many lines the rests behind each pair of places have in common. */
function commonLengths(old: readonly string[], now: readonly string[]): readonly Uint32Array[] {
  const table = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let at = old.length - 1; at >= 0; at -= 1) {
    const row = table[at] ?? new Uint32Array();
    const below = table[at + 1] ?? row;
    for (let to = now.length - 1; to >= 0; to -= 1) {
      row[to] = old[at] === now[to] ? (below[to + 1] ?? 0) + 1 : Math.max(below[to] ?? 0, row[to + 1] ?? 0);
    }
  }

  return table;
}

function commonLength(left: readonly string[], right: readonly string[]): number {
  const end = left.findIndex((text, index) => text !== right[index]);

  return end === -1 ? Math.min(left.length, right.length) : end;
}
