/** What an expression reads at a place of the text. Offsets count characters from 0. */
export type ExpressionPlace = {
  /** What is written of the word that ends at the place; may be empty. */
  readonly word: string;
  readonly from: number;
  /** The names before the last dot, outermost first; `unknown`: after a value that has no name. Absent: no dot. */
  readonly of?: readonly string[] | 'unknown';
  /** A `.?` stands before: what it reads may be absent. */
  readonly isOptional: boolean;
};

// What goes on for longer is hardly an expression that somebody forgot to close.
const charactersMax = 4_000;
const last =
  /(?:([A-Za-z_]\w*(?:\[\\?["'][\w.-]+\\?["']\]|\.\??[A-Za-z_]\w*)*)\.(\??)|([\])"'}])\.(\??))?([A-Za-z_]\w*|)$/;

/**
 * What stands before an offset in an expression; undefined outside of one, and inside of a text in it. `conditionKeys`
 * are the keys of YAML whose whole value is an expression.
 */
export function expressionAt(
  text: string,
  offset: number,
  conditionKeys: readonly string[],
): ExpressionPlace | undefined {
  const before = text.slice(Math.max(0, offset - charactersMax), offset);
  const written = inTemplate(before) ?? inCondition(before, conditionKeys);
  if (written === undefined) return undefined;
  const [, named, namedMark = '', value, valueMark = '', word = ''] = last.exec(written) ?? [];
  const mark = `${namedMark}${valueMark}`;
  const place = { word, from: offset - word.length, isOptional: mark === '' ? hasOptional(named) : true };
  // A number such as 1.5 has a dot as well; before it stands no name.
  if (named !== undefined) return { ...place, of: namesIn(named) };

  return value === undefined ? place : { ...place, of: 'unknown' };
}

/** What was written since the last `${` that is still open. */
function inTemplate(before: string): string | undefined {
  const start = before.lastIndexOf('${');
  // `$${` is a literal.
  if (start === -1 || before[start - 1] === '$') return undefined;
  const written = before.slice(start + 2);

  return isOpen(written) ? written : undefined;
}

/** What was written of the value of a key that holds an expression, on the same line. */
function inCondition(before: string, keys: readonly string[]): string | undefined {
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const [, key = '', value = ''] = /^\s*(?:- +)*([\w-]+):\s+["']?(.*)$/.exec(line) ?? [];
  if (!keys.includes(key) || /^[|>]/.test(value)) return undefined;

  return isOpen(value) ? value : undefined;
}

/** Neither behind the end of the expression, nor in a text of it, nor in a comment of the YAML. */
function isOpen(written: string): boolean {
  const bare = written.replaceAll(/"[^"]*"|'[^']*'/g, '');
  if (/["']|\s#/.test(bare)) return false;
  let depth = 0;
  for (const brace of bare.match(/[{}]/g) ?? []) {
    depth += brace === '{' ? 1 : -1;
    if (depth < 0) return false;
  }

  return true;
}

function namesIn(named: string): readonly string[] {
  return named.split(/\.\??|\[\\?["']|\\?["']\]/).filter((name) => name !== '');
}

function hasOptional(named: string | undefined): boolean {
  return named?.includes('.?') === true;
}
