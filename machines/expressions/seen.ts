import type { Json } from '../../events/canonical-json.ts';
import { isMap, ownMember } from './evaluate/values.ts';
import {
  type ExpressionError,
  type ExpressionFailure,
  type Reference,
  type Scope,
  shortenValue,
  show,
} from './outcome.ts';

const valuesMax = 16;
const toldMax = 5;
const secret = '[secret]';

type Failed = {
  readonly expression: string;
  readonly quoted: string;
  readonly references: readonly Reference[];
  readonly scope: Scope;
};

/** The failure as people read it: the expression, the reason, and what it saw. */
export function expressionErrorOf(
  failure: ExpressionFailure,
  { expression, quoted, references, scope }: Failed,
): ExpressionError {
  const values = valuesOf(references, scope);
  const told = Object.entries(values).slice(0, toldMax);
  // A reason may quote a value that was computed from a secret, so an expression that reads one quotes none.
  const reason = references.some(readsSecret) ? failure.message : failure.detail();
  const saw = told.map(([path, value]) => `; ${path} = ${show(value)}`).join('');

  return { code: failure.code, message: `${quoted}: ${reason}${saw}`, expression, values };
}

/** What references hold in a scope, by their path. Those that hold nothing are left out. */
export function valuesOf(references: readonly Reference[], scope: Scope): Readonly<Record<string, Json>> {
  const seen: [string, Json][] = [];
  for (const reference of references.slice(0, valuesMax)) {
    const value = lookUp(reference.path, scope);
    if (value === undefined) continue;
    seen.push([reference.path.join('.'), readsSecret(reference) ? secret : shortenValue(value)]);
  }

  return Object.fromEntries(seen);
}

function readsSecret({ path }: Reference): boolean {
  return path[0] === 'secrets';
}

function lookUp(path: readonly string[], scope: Scope): Json | undefined {
  let value: Json | undefined = scope as Json & Scope;
  for (const key of path) value = value !== undefined && isMap(value) ? ownMember(value, key) : undefined;

  return value;
}
