import { eastAsianWidth } from 'get-east-asian-width';
import { controls } from '../../lib/text.ts';

/** Columns the text takes on a terminal. */
export function widthOf(text: string): number {
  const plain = text.includes('\u001b') ? text.replaceAll(colourPattern, '') : text;
  if (ascii.test(plain)) return plain.length;
  if (!joined.test(plain)) return columnsOf(plain);
  let width = 0;
  for (const { segment } of clusters().segment(plain)) width += clusterWidth(segment);

  return width;
}

function columnsOf(text: string): number {
  let width = 0;
  for (const character of text) width += eastAsianWidth(character.codePointAt(0) ?? 0);

  return width;
}

/** What is seen as one character takes the columns of its first, and of those marks that have room of their own. */
function clusterWidth(cluster: string): number {
  const seen = cluster.replaceAll(invisible, '');
  if (seen === '') return 0;
  if (picture.test(cluster)) return 2;
  const [first = '', ...others] = seen;

  return columnsOf(first) + columnsOf(others.filter((each) => spacing.test(each)).join(''));
}

let segmenter: Intl.Segmenter | undefined;

/** Made when it is first needed: that reads the tables of all languages. */
function clusters(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter();

  return segmenter;
}

const ascii = /^[ -~]*$/;
/** Characters that may be seen as one with another, or not at all. */
const joined =
  /[\p{M}\p{C}\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\p{Regional_Indicator}\u{1100}-\u{11ff}\u{a960}-\u{a97f}\u{d7b0}-\u{d7ff}\u{ff9e}\u{ff9f}]/u;
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Mn}\p{Me}]/gu;
/** Not by the list of all pictures, which takes 100 ms to be read: they are marked as such, or made of several. */
const picture =
  /\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier}|.*\u200d.*\p{Extended_Pictographic})|^[\d#*]\ufe0f?\u20e3$|\p{Regional_Indicator}{2}/su;
const spacing = /\p{Mc}|[\uff00-\uffef]/u;

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
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same.
const colourPattern = /\u001b\[[0-9;]*m/g;

/**
 * One line of text as it can be shown safely: no line breaks, no control characters that would move the cursor, and
 * none that turn the direction of what follows.
 */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(controls, '').trim();
}
