import type { HttpPlace, Operation } from './operation.ts';
import { operations } from './operations.ts';

/** A request as `fetch` takes it. */
export type OperationRequest = {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers?: { readonly 'Content-Type': 'application/json' };
  readonly body?: string;
};

/**
 * How an operation is asked for over HTTP, by its name, such as `runs.start`; undefined where it cannot be. Throws an
 * error with a code where a member that stands in the path cannot.
 */
export function operationRequest(
  name: string,
  input: Readonly<Record<string, unknown>>,
): OperationRequest | undefined {
  const place = placeOf(name);
  if (place === undefined) return undefined;
  const { method, path: template, body: whole } = place;
  const inPath = new Set<string>();
  const path = template.replaceAll(/\{(\w+)\}/g, (_, member: string) => {
    inPath.add(member);
    return pathPart(name, member, String(input[member] ?? ''));
  });
  const rest = Object.entries(input).filter(([member, value]) => !inPath.has(member) && value !== undefined);
  if (method === 'get') {
    const query = new URLSearchParams(
      rest.map(([member, value]): [string, string] => [member, String(value)]),
    );

    return { method: 'GET', path: query.size === 0 ? path : `${path}?${query}` };
  }

  return {
    method: method.toUpperCase(),
    path,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(whole === undefined ? Object.fromEntries(rest) : input[whole]),
  };
}

/** What is named cannot stand in an address. The reaction: name something else. */
class NotInAddress extends Error {
  override readonly name = 'NotInAddress';
  readonly code = 'http.invalid';
}

/** An address is read without such parts, so that it would ask for something else: escaping them changes nothing. */
function pathPart(operation: string, member: string, value: string): string {
  if (!['', '.', '..'].includes(value)) return encodeURIComponent(value);

  throw new NotInAddress(`${operation}: ${member} is ${JSON.stringify(value)}, and nothing is called so`);
}

function placeOf(name: string): HttpPlace | undefined {
  const [noun = '', verb = ''] = name.split('.');
  const nouns: Readonly<Record<string, Readonly<Record<string, Operation>>>> = operations;

  return nouns[noun]?.[verb]?.http;
}
