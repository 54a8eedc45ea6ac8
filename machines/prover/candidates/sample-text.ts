import { RE2JS } from 're2js';

/** A text in which the pattern is found; undefined where none is seen. */
export function sampleOf(pattern: string): string | undefined {
  const texts = [...common, plainSample(pattern)];

  return texts.find((text) => text !== undefined && matches(pattern, text));
}

/** What most patterns are about. */
const common = [
  'a',
  '1',
  'A',
  '2026-01-01',
  '2026-01',
  '1.0.0',
  'a@example.test',
  'https://example.test',
  'AB-1234',
];

function matches(pattern: string, text: string): boolean {
  try {
    return RE2JS.compile(pattern).matcher(text).find();
  } catch {
    return false;
  }
}

const atom = /^(?:\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|([^\\[\](){}|*+?]))(\{(\d+)(?:,\d*)?\}|[*+?])?/;

/** A text made of a pattern without groups and alternatives: each of its parts once, or as often as it has to be. */
function plainSample(pattern: string): string | undefined {
  let text = '';
  for (let rest = pattern.replace(/^\^|\$$/g, ''); rest !== ''; ) {
    const part = atom.exec(rest);
    if (part === null) return undefined;
    const [whole, escaped, negated, set, literal, , least] = part;
    const one =
      set === undefined ? (escaped === undefined ? literal : escapes(escaped)) : inSet(set, negated === '^');
    text += (one === '.' && literal === '.' ? 'a' : (one ?? '')).repeat(Number(least ?? '1'));
    rest = rest.slice(whole.length);
  }

  return text;
}

function escapes(letter: string): string {
  return { d: '1', w: 'a', s: ' ', D: 'a', W: '-', S: 'a', b: '' }[letter] ?? letter;
}

function inSet(set: string, isNegated: boolean): string {
  if (isNegated) return ['a', '1', '-'].find((each) => !set.includes(each) && !/a-z|\\w/.test(set)) ?? '-';
  const first = /^\\(.)|^./.exec(set);

  return first?.[1] === undefined ? (first?.[0] ?? '') : escapes(first[1]);
}
