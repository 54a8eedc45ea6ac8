/** The offset of the `}` that closes a `${` whose expression starts at `start`, or -1. */
export function closingBrace(text: string, start: number): number {
  let open = 0;
  for (let at = start; at < text.length; at += 1) {
    const end = skipLiteral(text, at);
    if (end > at) at = end - 1;
    else if (text[at] === '{') open += 1;
    else if (text[at] === '}') {
      if (open === 0) return at;
      open -= 1;
    }
  }

  return -1;
}

/**
 * A text with every `${x}` outside of literals written as ` (x)`, so that offsets stay; or the `${` that is never
 * closed.
 */
export function unwrap(text: string): { readonly text: string } | { readonly unclosed: number } {
  let unwrapped = '';
  const open: Brace[] = [];
  while (unwrapped.length < text.length) {
    const at = unwrapped.length;
    unwrapped += unwrappedPiece(pieceAt(text, at), at, open);
  }

  const unclosed = open.find(({ wraps }) => wraps);
  return unclosed === undefined ? { text: unwrapped } : { unclosed: unclosed.at };
}

/** Rewrites what is code in a text and leaves its literals and comments alone. */
export function rewriteCode(text: string, rewrite: (code: string) => string): string {
  let rewritten = '';
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const end = skipLiteral(text, at);
    if (end > at) {
      rewritten += rewrite(text.slice(from, at)) + text.slice(at, end);
      from = end;
    }
    at = Math.max(end, at + 1);
  }

  return rewritten + rewrite(text.slice(from));
}

type Brace = { readonly at: number; readonly wraps: boolean };

function unwrappedPiece(piece: string, at: number, open: Brace[]): string {
  const wraps = piece === '${';
  if (wraps || piece === '{') open.push({ at, wraps });
  if (wraps) return ' (';

  return piece === '}' && open.pop()?.wraps === true ? ')' : piece;
}

/** A whole literal or comment, a `${`, or one character. */
function pieceAt(text: string, at: number): string {
  const end = skipLiteral(text, at);
  if (end > at) return text.slice(at, end);

  return text.startsWith('${', at) ? '${' : text.charAt(at);
}

/**
 * Where the CEL text literal or comment that starts at `at` ends, or `at` itself when none starts there. A backslash
 * hides the next character in raw literals too, because the parser reads them so.
 */
function skipLiteral(text: string, at: number): number {
  const quote = text[at];
  if (quote === '/' && text[at + 1] === '/') return endOfLine(text, at);
  if (quote !== '"' && quote !== "'") return at;

  const fence = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  let end = at + fence.length;
  while (end < text.length && !text.startsWith(fence, end)) end += text[end] === '\\' ? 2 : 1;

  return Math.min(end + fence.length, text.length);
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);

  return end === -1 ? text.length : end;
}
