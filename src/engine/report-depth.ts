import type { Json } from '../../events/canonical-json.ts';
import { depthMax, isTooDeep } from '../../machines/json-depth.ts';

/**
 * A report whose values can be looked at: what is nested too deep for that could not be recorded either. An output that
 * is fails the attempt; the details of a failure are left out.
 */
export function shallowReport(raw: Json): Json {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const { kind, output, error, ...rest } = raw as { readonly [key: string]: Json };
  if (kind === 'complete' && output !== undefined && isTooDeep(output)) {
    const message = `the result is nested deeper than ${depthMax} levels`;
    return { ...rest, kind: 'fail', error: { code: 'output.too-deep', message, retryable: false } };
  }
  if (kind !== 'fail' || error === undefined || !isTooDeep(error)) return raw;

  return { ...rest, kind, error: withoutDetails(error) };
}

function withoutDetails(error: Json): Json {
  const { details: _tooDeep, ...rest } = error as { readonly [key: string]: Json };

  return rest;
}
