import { ExpressionRefused } from './outcome.ts';

/** Members every JavaScript object has a second meaning for. No JSON of ours needs them. */
const forbidden: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** Names people carry over from JavaScript. As free names they would only fail at run time. */
const foreign: ReadonlySet<string> = new Set(['this', 'globalThis', 'undefined']);

/** Whether a member of that name must never be read or made. */
export function isForbidden(name: string): boolean {
  return forbidden.has(name);
}

/** The name, unless an expression may not use it. */
export function checkedName(name: string, offset: number): string {
  if (forbidden.has(name)) throw new ExpressionRefused(`"${name}" must not be used in an expression`, offset);
  if (foreign.has(name)) {
    throw new ExpressionRefused(
      `"${name}" is JavaScript; an expression reads the names of the workflow only`,
      offset,
    );
  }

  return name;
}
