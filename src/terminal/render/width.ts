import stringWidth from 'string-width';
import { controls } from '../../lib/text.ts';

/** Columns the text takes on a terminal. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Fills the text up to a width. */
export function padToWidth(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const fill = ' '.repeat(Math.max(0, width - widthOf(text)));

  return align === 'left' ? text + fill : fill + text;
}

/** Cuts the text to a width; what was cut shows by `…`. Colours stay whole and are ended. */
export function truncateToWidth(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';

  let kept = '';
  let taken = 0;
  let coloured = false;
  for (const part of text.match(partPattern) ?? []) {
    if (part.startsWith('\u001b')) {
      coloured = true;
      kept += part;
      continue;
    }
    const partWidth = widthOf(part);
    if (taken + partWidth > width - 1) break;
    kept += part;
    taken += partWidth;
  }

  return `${kept}…${coloured ? '\u001b[0m' : ''}`;
}

/** The same for a text without colours, of which both ends tell most: what was cut is in its middle. */
export function truncateMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const parts = text.match(partPattern) ?? [];
  const endWidth = Math.max(0, Math.floor((width - 1) / 2));
  let end = '';
  for (const part of parts.toReversed()) {
    if (widthOf(part + end) > endWidth) break;
    end = part + end;
  }

  return truncateToWidth(text, Math.max(0, width - widthOf(end))) + end;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of colours begin with this character.
const partPattern = /\u001b\[[0-9;]*m|\P{M}\p{M}*/gsu;

/**
 * One line of text as it can be shown safely: no line breaks, no control characters that would move the cursor, and
 * none that turn the direction of what follows.
 */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(controls, '').trim();
}
