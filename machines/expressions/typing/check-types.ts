import { ExpressionRefused } from '../failure.ts';
import { parseExpression } from '../parse.ts';
import { infer } from './infer.ts';
import type { KnownTypes, TypeFault } from './typing.ts';
import type { ValueType } from './value-type.ts';

/**
 * The type of an expression as far as it is known, and what in it can only fail. A text that is no expression has no
 * faults of this kind.
 */
export function checkTypes(
  source: string,
  known: KnownTypes,
): { readonly type: ValueType; readonly faults: readonly TypeFault[] } {
  const faults: TypeFault[] = [];
  try {
    const type = infer(parseExpression(source), { known, bound: new Set(), faults, infer });

    return { type, faults };
  } catch (refusal) {
    if (refusal instanceof ExpressionRefused) return { type: 'any', faults: [] };
    throw refusal;
  }
}
