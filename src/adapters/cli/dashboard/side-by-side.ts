import { padToWidth, truncateToWidth } from '../render/width.ts';

/** Two columns of lines with a line between them; the left one is `width` wide. */
export function besides(
  left: readonly string[],
  right: readonly string[],
  { width, ascii }: { readonly width: number; readonly ascii: boolean },
): readonly string[] {
  const rows = Math.max(left.length, right.length);
  const between = ascii ? '|' : '│';

  return Array.from({ length: rows }, (_, index) => {
    const first = padToWidth(truncateToWidth(left[index] ?? '', width), width);
    return `${first} ${between} ${right[index] ?? ''}`.trimEnd();
  });
}
