import type { Json } from '../../../events/canonical-json.ts';

const noteLengthMax = 60;
const partsMax = 2;

/**
 * The few words that tell most about the output of a task: counts, a status, a file. `total_files: 41` is `41 files`.
 * Empty for an output that cannot be told in a few words.
 */
export function noteOfOutput(output: Json | undefined): string {
  if (output === undefined || output === null) return '';
  if (typeof output !== 'object') return shortened(String(output));
  if (Array.isArray(output)) return output.length === 1 ? '1 item' : `${output.length} items`;
  const parts = Object.entries(output)
    .map(([name, value]) => ({ weight: weightOf(name, value), text: partOf(name, value) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  // How long a list is is only worth saying when there is nothing better to say.
  const told = parts.filter(({ weight }) => weight > 1);

  return shortened(
    (told.length > 0 ? told : parts)
      .slice(0, partsMax)
      .map(({ text }) => text)
      .join(', '),
  );
}

/** Whether a text looks like the path of a file. */
export function isFilePath(text: string): boolean {
  return (
    text.length <= 400 &&
    /^[^\s:*?"<>|][^\n\r:*?"<>|]*\.[A-Za-z][A-Za-z0-9]{0,6}$/.test(text) &&
    !text.includes('://')
  );
}

/** What people look for first gets the most weight; 0 is left out. */
function weightOf(name: string, value: Json): number {
  if (typeof value === 'string') {
    if (isFilePath(value)) return 4;
    return /status|decision|result|verdict/.test(name) && value.length <= 24 ? 5 : 0;
  }
  if (typeof value === 'number') return /bytes|_ms$/.test(name) ? 0 : numberWeight(name, value);

  return Array.isArray(value) && value.length > 0 ? 1 : 0;
}

/** `total_files` is what the task was about, `links_total` is a detail that is worth a word only when there are any. */
function numberWeight(name: string, value: number): number {
  if (/^(total|count)_/.test(name)) return 3;
  if (/_(total|count)$/.test(name)) return value === 0 ? 0 : 2;

  return /score|percent/.test(name) ? 2 : 0;
}

/** `total_files: 41` as `41 files`, `score: 85` as `score 85`, a list by its length. */
function partOf(name: string, value: Json): string {
  const words = name.replaceAll('_', ' ');
  if (typeof value === 'number') {
    const counted = /^(?:total|count) (.+)$|^(.+) (?:total|count)$/.exec(words);
    return counted === null ? `${words} ${value}` : `${value} ${counted[1] ?? counted[2]}`;
  }
  if (Array.isArray(value)) return `${value.length} ${words}`;

  return typeof value === 'string' ? value : words;
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();

  return line.length > noteLengthMax ? `${line.slice(0, noteLengthMax - 1)}…` : line;
}
