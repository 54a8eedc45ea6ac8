/** One part of a reference such as `${task.output.items[0]['a']}`. */
export type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  /** `[*]` and `.*`. */
  | { readonly kind: 'all' }
  /** Anything else of JSONPath: `..`, filters, slices, functions. */
  | { readonly kind: 'other'; readonly text: string };

const token = new RegExp(
  [
    /\.\.+([\w$-]+)?/.source,
    /\[\s*'((?:[^'\\]|\\.)*)'\s*\]/.source,
    /\[\s*"((?:[^"\\]|\\.)*)"\s*\]/.source,
    /\[\s*(-?\d+)\s*\]/.source,
    /(\[\s*\*\s*\]|\.\*)/.source,
    /\.?([^.[\]()]+)(?!\()/.source,
  ].join('|'),
  'y',
);

/** Cuts the text between `${` and `}` into its parts. */
export function parsePath(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  const path = text.trim();
  token.lastIndex = 0;
  while (token.lastIndex < path.length) {
    const at = token.lastIndex;
    const match = token.exec(path);
    if (match === null) {
      segments.push({ kind: 'other', text: path.slice(at) });
      return segments;
    }
    segments.push(segmentOf(match));
  }

  return segments;
}

function segmentOf([whole, , single, double, index, all, name]: RegExpExecArray): Segment {
  const quoted = single ?? double;
  if (quoted !== undefined) return { kind: 'name', name: quoted.replace(/\\(.)/g, '$1') };
  if (index !== undefined) {
    return Number(index) < 0 ? { kind: 'other', text: whole } : { kind: 'index', index: Number(index) };
  }
  if (all !== undefined) return { kind: 'all' };
  if (name !== undefined) return { kind: 'name', name: name.trim() };

  return { kind: 'other', text: whole };
}

export type PathPiece = { readonly kind: 'text' | 'reference'; readonly text: string };

/** Cuts a text of Conductor at its references. `$${` is a literal `${`, and one without an end is text. */
export function piecesOf(text: string): readonly PathPiece[] {
  const pieces: PathPiece[] = [];
  let from = 0;
  let plain = '';
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', from)) {
    const end = text.indexOf('}', at);
    if (end === -1) break;
    if (text[at - 1] === '$') {
      plain += text.slice(from, at - 1) + text.slice(at, end + 1);
    } else {
      plain += text.slice(from, at);
      if (plain !== '') pieces.push({ kind: 'text', text: plain });
      plain = '';
      pieces.push({ kind: 'reference', text: text.slice(at + 2, end) });
    }
    from = end + 1;
  }
  plain += text.slice(from);

  return plain === '' ? pieces : [...pieces, { kind: 'text', text: plain }];
}
