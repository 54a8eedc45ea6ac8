import { closingBrace, unwrap } from '../../expressions/scan.ts';

/** An expression without the `${ }` around it or its parts: `${a} == 1` is `(a) == 1`, `${a}` is `a`. */
export function bareExpression(text: string): string;
export function bareExpression(text: string | undefined): string | undefined;
export function bareExpression(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (trimmed.startsWith('${') && closingBrace(trimmed, 2) === trimmed.length - 1)
    return trimmed.slice(2, -1).trim();
  const unwrapped = unwrap(trimmed);

  return 'text' in unwrapped ? unwrapped.text.trim() : trimmed;
}
