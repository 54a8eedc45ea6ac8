import { closingBrace } from '../../expressions/scan.ts';

/** One expression of a template: its text, and where in the template that begins. */
export type TemplatePart = { readonly source: string; readonly offset: number };

/** The expressions of a template; `$${` is none. `whole`: the template is exactly one. */
export function templateParts(text: string): {
  readonly parts: readonly TemplatePart[];
  readonly whole: boolean;
} {
  const parts: TemplatePart[] = [];
  let whole = false;
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', at)) {
    const offset = at + 2;
    const close = text[at - 1] === '$' ? -1 : closingBrace(text, offset);
    if (close !== -1) parts.push({ source: text.slice(offset, close), offset });
    if (at === 0 && close === text.length - 1) whole = true;
    at = close === -1 ? offset : close + 1;
  }

  return { parts, whole };
}
