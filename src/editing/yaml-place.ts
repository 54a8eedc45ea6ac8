/** A place in a YAML text, by its indentation alone: the text may be half written. */
export type YamlPlace = {
  /** The keys from the top; `[]` for an entry of a list. */
  readonly path: readonly string[];
  /** The keys beside the place, with their plain values. */
  readonly beside: ReadonlyMap<string, string>;
  /** The key whose value is being written; absent where a key is. */
  readonly key?: string;
};

type Line = {
  readonly dash: number | undefined;
  readonly indent: number;
  readonly key: string;
  readonly value: string;
};

const linesMax = 20_000;

/** Where the cursor stands. `offset` counts characters from 0. */
export function yamlPlaceAt(text: string, offset: number): YamlPlace {
  const lines = text.split('\n').slice(0, linesMax);
  const before = text.slice(0, offset).split('\n');
  const number = before.length - 1;
  const own = readLine(before[number] ?? '');
  const path = ancestors(lines.slice(0, number), own);
  const beside = neighbours(lines, number, own);
  const isValue = /^\s*(- )*[\w.-]+:\s/.test(before[number] ?? '');
  const inBraces = placeInBraces(before[number] ?? '', lines[number] ?? '');
  if (inBraces !== undefined) return { ...inBraces, path: [...path, ...inBraces.path] };

  return { path, beside, ...(isValue ? { key: own.key } : {}) };
}

/** A `{` or `[` of the same line that is still open. */
type Open = { readonly kind: '{' | '['; readonly key: string; readonly begins: number };

/** The same within `{ }` and `[ ]` of one line; undefined outside of any. The path goes on from that of the line. */
function placeInBraces(before: string, line: string): YamlPlace | undefined {
  const open = openBraces(before);
  const last = open.at(-1);
  if (last === undefined) return undefined;
  const path = open.flatMap(({ kind, key }, index) => [
    ...(key === '' ? [] : [key]),
    ...(kind === '[' && index < open.length - 1 ? ['[]'] : []),
  ]);
  if (last.kind === '[') return { path: path.slice(0, -1), beside: new Map(), key: last.key };
  const pairs = line.slice(last.begins).match(/[\w.-]+:\s*[^,{}[\]]*/g) ?? [];
  const beside = new Map(
    pairs.map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1).trim()]),
  );
  const [, key] = /(?:^|[{,])\s*([\w.-]+):\s+[^,]*$/.exec(before.slice(last.begins - 1)) ?? [];

  return { path, beside, ...(key === undefined ? {} : { key }) };
}

function openBraces(before: string): readonly Open[] {
  const open: Open[] = [];
  for (const { 0: token, index } of before.matchAll(/"[^"]*"|'[^']*'|\$\{[^}]*\}?|\s#.*$|[{}[\]]/g)) {
    if (token === '}' || token === ']') open.pop();
    if (token !== '{' && token !== '[') continue;
    const [, key = ''] = /([\w.-]+):\s*$/.exec(before.slice(0, index)) ?? [];
    open.push({ kind: token, key, begins: index + 1 });
  }

  return open;
}

function readLine(text: string): Line {
  const [, lead = '', dashes = '', rest = ''] = /^( *)((?:- +)*)(.*)$/.exec(text) ?? [];
  const [, key = '', value = ''] = /^([\w.-]+):(?:\s+(.*))?$/.exec(rest) ?? [];

  return {
    dash: dashes === '' ? undefined : lead.length,
    indent: lead.length + dashes.length,
    key,
    value: value.trim(),
  };
}

function ancestors(above: readonly string[], own: Line): readonly string[] {
  const path = own.dash === undefined ? [] : ['[]'];
  let limit = own.dash ?? own.indent;
  for (const text of above.toReversed()) {
    if (isBlank(text)) continue;
    const line = readLine(text);
    if (holds(line, limit, path.at(-1) === '[]')) {
      path.push(line.key);
      limit = line.indent;
    }
    if (line.dash !== undefined && line.dash < limit && line.indent <= limit) {
      path.push('[]');
      limit = line.dash;
    }
  }

  return path.toReversed();
}

/** Whether a line is the key that what follows it, from a column on, belongs to. */
function holds({ key, indent, dash }: Line, limit: number, isList: boolean): boolean {
  if (key === '') return false;
  // A list may stand as far left as the key that it belongs to.
  return indent < limit || (isList && dash === undefined && indent === limit);
}

function neighbours(lines: readonly string[], number: number, own: Line): ReadonlyMap<string, string> {
  const up = own.dash === undefined ? run(lines.slice(0, number).toReversed(), own.indent, 'up') : [];
  const down = run(lines.slice(number + 1), own.indent, 'down');

  return new Map([...up, ...down].map(({ key, value }) => [key, value]));
}

/** The keys of the same mapping, going one way from the place. */
function run(lines: readonly string[], indent: number, way: 'up' | 'down'): readonly Line[] {
  const found: Line[] = [];
  for (const text of lines) {
    if (isBlank(text)) continue;
    const line = readLine(text);
    if (line.indent < indent || (line.dash !== undefined && line.dash < indent && way === 'down')) break;
    if (line.indent === indent && line.key !== '') found.push(line);
    if (line.dash !== undefined && line.dash < indent) break;
  }

  return found;
}

function isBlank(text: string): boolean {
  return /^\s*(#.*)?$/.test(text);
}
