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

/** How an operation is asked for over HTTP, by its name, such as `runs.start`; undefined where it cannot be. */
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
    return encodeURIComponent(String(input[member] ?? ''));
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

function placeOf(name: string): HttpPlace | undefined {
  const [noun = '', verb = ''] = name.split('.');
  const nouns: Readonly<Record<string, Readonly<Record<string, Operation>>>> = operations;

  return nouns[noun]?.[verb]?.http;
}
